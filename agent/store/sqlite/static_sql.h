// The text of a statement that the program has as long as it lives. Connections keep their prepared
// statements under its address, so that finding one costs no look at the text.
#pragma once

#include <cstddef>

namespace certconnector::store {

class StaticSql {
 public:
  // From a string literal, or from a constexpr array at namespace scope that holds one. Texts that
  // are put together while the program runs do not convert: those go to Database::execute().
  template <std::size_t N>
  constexpr StaticSql(const char (&literal)[N]) : text_(literal) {}  // NOLINT(*-explicit-*)
  template <std::size_t N>
  StaticSql(char (&buffer)[N]) = delete;

  [[nodiscard]] constexpr const char* text() const { return text_; }

 private:
  const char* text_;
};

}  // namespace certconnector::store
