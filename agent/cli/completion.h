// The possible next words of a command line: the shells' completion scripts ask for it with
// `certconnector __complete -- WORD...`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/cli/session.h"

namespace certconnector::cli {

// The scripts call the program with this word, which --help does not show.
inline constexpr std::string_view kCompleteWord = "__complete";

struct Candidate {
  std::string value;        // a whole word, without blanks
  std::string description;  // may be empty
};

struct Completion {
  enum class Kind { words, files, folders };
  Kind kind = Kind::words;
  std::vector<Candidate> candidates;  // of words: those that go on with the last word
};

// `words`: those after the program's name; the last one is the word to complete, and may be empty.
// Asks the agent for names and ids, for a second at most. Without an answer there are none.
[[nodiscard]] Completion complete(const std::vector<std::string>& words, Surroundings& around);

// For the scripts: the kind on the first line, then a candidate on each, a tab before its
// description.
[[nodiscard]] std::string to_text(const Completion& completion);

}  // namespace certconnector::cli
