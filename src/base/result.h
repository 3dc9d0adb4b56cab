// Result<T>: a value, or an Error that says what went wrong.
//
// Every function that can fail across a module boundary returns a Result. Expected failures are values;
// exceptions stay inside the adapter that calls the library which throws them.
//
//   Result<Model> OpenModel(const std::string& path);
//   GR_ASSIGN(Model model, OpenModel(path));        // returns the error to the caller on failure
//   GR_TRY(Verify(model));                          // the same for Result<void>
//
// Thread rules: plain values, no sharing. Accessing value() of a failed Result aborts the process.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace greenroom {

// The closed set of failure kinds. Each maps to one HTTP status and one exit code (the two tables stand in api/ and
// app/).
enum class ErrorCode {
  kInvalidArgument,
  kNotFound,
  kAlreadyExists,
  kConflict,
  kUnauthenticated,
  kPermissionDenied,
  kExhausted,
  kUnavailable,
  kDeadlineExceeded,
  kCancelled,
  kDataLoss,
  kInternal,
};

// The snake_case name of a code, for logs and JSON ("not_found").
std::string_view ErrorCodeName(ErrorCode code);

// One failure. `reason` is a stable snake_case id that clients may test; `message` is for people and carries no secret.
// `help` says how to fix it and may be empty.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string reason;
  std::string message;
  std::string help = {};
  std::string parameter = {};  // the parameter or member of a request that is wrong, when it is one

  // Adds where it happened, one line per layer: "while loading package x: <message>".
  Error With(std::string_view context) && {
    message = std::string(context) + ": " + message;
    return std::move(*this);
  }
};

// A value or an error. value(), * and -> abort on an error: test ok() first, or use the macros below.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // The value as it is, or moved out of a Result that is not used again.
  T& value() & {
    Demand();
    return std::get<0>(state_);
  }
  const T& value() const& {
    Demand();
    return std::get<0>(state_);
  }
  T&& value() && {
    Demand();
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  void Demand() const {
    if (ok()) return;
    std::fprintf(stderr, "value() of a failed Result: %s\n", std::get<1>(state_).message.c_str());
    std::abort();
  }
  std::variant<T, Error> state_;
};

// Success, or an error: what functions return that only do something.
//   Result<void> Verify(const Model& model) { if (bad) return Error{...}; return {}; }
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const& { return error_; }
  Error&& error() && { return std::move(error_); }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace greenroom

#define GR_CONCAT_INNER(a, b) a##b
#define GR_CONCAT(a, b) GR_CONCAT_INNER(a, b)

// The macros evaluate their expression once and work in every function that returns a Result.
// Returns the error of a Result<void> expression from the enclosing function.
#define GR_TRY(expression)                                \
  do {                                                    \
    if (auto gr_result = (expression); !gr_result.ok()) { \
      return std::move(gr_result).error();                \
    }                                                     \
  } while (false)

// Declares `declaration` from a Result expression, or returns its error from the enclosing function.
#define GR_ASSIGN(declaration, expression) GR_ASSIGN_IMPL(GR_CONCAT(gr_value_, __LINE__), declaration, expression)
#define GR_ASSIGN_IMPL(name, declaration, expression) \
  auto name = (expression);                           \
  if (!name.ok()) return std::move(name).error();     \
  declaration = std::move(name).value()
