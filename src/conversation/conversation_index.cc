#include "conversation/conversation_index.h"

#include "base/digest.h"

namespace greenroom {

int64_t NextStoryHash(int64_t story, std::string_view kind, std::string_view name) {
  uint64_t step = HashCombine(Hash64(kind), Hash64(name));
  return static_cast<int64_t>(HashCombine(static_cast<uint64_t>(story), step));
}

}  // namespace greenroom
