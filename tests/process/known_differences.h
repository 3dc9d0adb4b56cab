// Recorded turns in which Greenroom does something else on purpose. Each row of docs/fidelity.md that a recording shows
// has its entries here; the golden tests want exactly these differences, no more and no fewer.
//
// To add one: a row in docs/fidelity.md (what, Rasa, Greenroom, why, the test that holds it), then the number of turns
// of each recording in which it shows.
#pragma once

#include <array>
#include <string_view>

namespace greenroom::golden {

struct KnownDifference {
  std::string_view row;        // its heading in docs/fidelity.md
  std::string_view recording;  // a folder of golden/cases
  int turns;
};

inline constexpr std::array kKnownDifferences = {
    KnownDifference{"F1", "forms-memo-cinema", 4},         KnownDifference{"F1", "forms-memo-tennis", 1},
    KnownDifference{"F1", "rules-form-story-tailor", 2},   KnownDifference{"F2", "forms-submit-nursery", 2},
    KnownDifference{"F2", "rules-list-null-picnic", 7},    KnownDifference{"F2", "slots-list-empty-single", 3},
    KnownDifference{"F4", "rules-domain-entity-colon", 2}, KnownDifference{"F4", "rules-domain-mapping-keys", 1},
    KnownDifference{"F4", "slots-intent-no-value", 2},     KnownDifference{"F5", "events-session-own-nolisten", 1},
};

// The turns of one recording that differ on purpose.
constexpr int KnownTurns(std::string_view recording) {
  int turns = 0;
  for (const KnownDifference& known : kKnownDifferences) turns += known.recording == recording ? known.turns : 0;
  return turns;
}

// More than this share of all turns may not differ, whatever the reasons.
inline constexpr double kMostKnown = 0.02;

}  // namespace greenroom::golden
