// EventList: the events of a conversation in order, shared between copies (see shared_list.h), so that a turn can work
// on its own copy of a long conversation at little cost. Events never change once appended, and stay where they are.
//
//   for (const Event& event : list) ...              // like a vector of const Event
// Thread rules: one owner per list; the shared events are immutable.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

#include "conversation/event.h"
#include "conversation/shared_list.h"

namespace greenroom {

class EventList {
  using Shared = SharedList<std::shared_ptr<const Event>>;

 public:
  // Walks the events themselves, forth or (through std::reverse_iterator) back.
  class Iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = Event;
    using difference_type = std::ptrdiff_t;
    using pointer = const Event*;
    using reference = const Event&;

    // Made by begin and end.
    Iterator() = default;
    explicit Iterator(Shared::Iterator at) : at_(at) {}
    reference operator*() const { return **at_; }
    pointer operator->() const { return at_->get(); }
    // Cost nothing but a number; no bounds are checked.
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator& operator--() {
      --at_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(at_++); }
    Iterator operator--(int) { return Iterator(at_--); }
    // Comparable within one list only.
    bool operator==(const Iterator&) const = default;

   private:
    Shared::Iterator at_;
  };
  using ReverseIterator = std::reverse_iterator<Iterator>;

  // Adds at the end; the event is never changed or moved afterwards.
  void push_back(Event event) { events_.push_back(std::make_shared<const Event>(std::move(event))); }
  size_t size() const { return events_.size(); }
  bool empty() const { return events_.empty(); }
  // `index` must be below size(); front and back need a list that is not empty.
  const Event& operator[](size_t index) const { return *events_[index]; }
  const Event& front() const { return *events_[0]; }
  const Event& back() const { return *events_.back(); }
  // Valid until the next push_back.
  Iterator begin() const { return Iterator(events_.begin()); }
  Iterator end() const { return Iterator(events_.end()); }
  ReverseIterator rbegin() const { return ReverseIterator(end()); }
  ReverseIterator rend() const { return ReverseIterator(begin()); }

 private:
  Shared events_;
};

}  // namespace greenroom
