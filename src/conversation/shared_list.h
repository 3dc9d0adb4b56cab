// SharedList: a list whose copies share what they have in common. A copy, adding at the end and taking from the end
// cost nothing of the length: a turn works on its own copy of a long conversation.
//
//   SharedList<int> a; a.push_back(1); a.push_back(2);
//   SharedList<int> b = a; b.Truncate(1); b.push_back(3);      // a is 1 2, b is 1 3
//   b.CommonPrefix(a)                                           // 1
//
// Elements lie in chunks of 64, each of which knows the one before it: what is near the end is found at once, what is
// far from it after a step for each chunk in between. Walking through all of it is linear. Thread rules: one owner per
// list; what lists share is immutable. References stay valid until the element is taken away or the list changes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace greenroom {

template <typename T>
class SharedList {
  // The elements [begin, end) that lie together with one.
  struct Place {
    const T* elements = nullptr;
    size_t begin = 0, end = 0;
  };

 public:
  // Walks the elements forth or (through std::reverse_iterator) back; valid until the list changes.
  class Iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    Iterator() = default;
    // Made by begin and end.
    Iterator(const SharedList* list, size_t index) : list_(list), index_(index) {}
    // The place is looked up when it is first needed in a chunk: a bound of a walk costs nothing.
    reference operator*() const {
      if (index_ < chunk_.begin || index_ >= chunk_.end) chunk_ = list_->Locate(index_);
      return chunk_.elements[index_ - chunk_.begin];
    }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator& operator--() {
      --index_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator old = *this;
      ++*this;
      return old;
    }
    Iterator operator--(int) {
      Iterator old = *this;
      --*this;
      return old;
    }
    // Comparable within one list only.
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const SharedList* list_ = nullptr;
    size_t index_ = 0;
    mutable Place chunk_ = {};  // that was looked at last
  };
  using ReverseIterator = std::reverse_iterator<Iterator>;

  // Adds at the end. References to elements that are not in a full chunk become invalid.
  void push_back(T value) {
    last_.push_back(std::move(value));
    if (last_.size() < kChunk) return;
    full_ = std::make_shared<const Node>(std::move(full_), std::move(last_), full_size_);
    full_size_ += kChunk;
    last_ = {};
  }
  // Keeps the first `size` elements; `size` is at most size().
  void Truncate(size_t size) {
    if (size >= full_size_) return last_.resize(size - full_size_);
    const std::shared_ptr<const Node> old = full_;  // kept until its elements are copied
    const Node* cut = old.get();
    while (cut->begin > size) cut = cut->previous.get();
    last_.assign(cut->elements.begin(), cut->elements.begin() + static_cast<std::ptrdiff_t>(size - cut->begin));
    full_ = cut->previous;
    full_size_ = cut->begin;
  }
  void clear() { Truncate(0); }

  // Numbers of elements.
  size_t size() const { return full_size_ + last_.size(); }
  bool empty() const { return size() == 0; }
  // `index` must be below size(); back needs a list that is not empty.
  const T& operator[](size_t index) const {
    const Place place = Locate(index);
    return place.elements[index - place.begin];
  }
  const T& back() const { return last_.empty() ? full_->elements.back() : last_.back(); }
  // From the first to behind the last, and back.
  Iterator begin() const { return Iterator(this, 0); }
  Iterator end() const { return Iterator(this, size()); }
  ReverseIterator rbegin() const { return ReverseIterator(end()); }
  ReverseIterator rend() const { return ReverseIterator(begin()); }

  // How many elements from the first on are equal in both lists. What they share is passed over without a look.
  size_t CommonPrefix(const SharedList& other) const {
    const Node* mine = full_.get();
    const Node* theirs = other.full_.get();
    while (mine != theirs) {
      const bool mine_is_later = theirs == nullptr || (mine != nullptr && mine->begin >= theirs->begin);
      const Node*& later = mine_is_later ? mine : theirs;
      later = later->previous.get();
    }
    size_t index = mine == nullptr ? 0 : mine->begin + kChunk;
    const size_t end = std::min(size(), other.size());
    while (index < end && (*this)[index] == other[index]) ++index;
    return index;
  }

 private:
  static constexpr size_t kChunk = 64;
  using Chunk = std::vector<T>;

  struct Node {
    Node(std::shared_ptr<const Node> before, Chunk values, size_t at)
        : previous(std::move(before)), elements(std::move(values)), begin(at) {}
    // One after the other: a destructor within a destructor for each chunk would need a deep stack. Held from here, the
    // node before is not the last's to destroy.
    ~Node() {
      std::shared_ptr<const Node> next = std::move(previous);
      while (next && next.use_count() == 1) {
        std::shared_ptr<const Node> before = next->previous;
        next = std::move(before);
      }
    }
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    std::shared_ptr<const Node> previous;
    Chunk elements;  // kChunk
    size_t begin;    // index of its first element
  };

  Place Locate(size_t index) const {
    if (index >= full_size_) return {last_.data(), full_size_, size()};
    const Node* node = full_.get();
    while (node->begin > index) node = node->previous.get();
    return {node->elements.data(), node->begin, node->begin + kChunk};
  }

  std::shared_ptr<const Node> full_;  // the newest full chunk
  size_t full_size_ = 0;
  Chunk last_;  // what comes after it, shorter than a chunk
};

}  // namespace greenroom
