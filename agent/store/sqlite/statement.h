// One use of a prepared statement: bind, step through rows, reset at the end of its life.
//
// A text may be in use once at a time on a connection. The results of text() and blob() are valid
// until the next next(). The first error stays; next() or run() returns it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "agent/store/sqlite/database.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::store {

class Query {
 public:
  // Binds the values to the parameters in order. Texts and blobs are not copied: they must outlive
  // the query, which temporaries do only inside one run().
  template <typename... Values>
  Query(Database& database, StaticSql sql, const Values&... values) : database_(&database) {
    prepare(sql);
    (bind(values), ...);
    expect_all_bound();
  }
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // Whether there is a (next) row.
  [[nodiscard]] Result<bool> next();
  // For statements that give no rows.
  [[nodiscard]] Status run();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] Timestamp time(int column) const { return from_millis(integer(column)); }
  [[nodiscard]] std::optional<Timestamp> optional_time(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] ByteView blob(int column) const;

 private:
  void prepare(StaticSql sql);
  void bind_integer(std::int64_t value);
  void bind_null();
  // A parameter without a value would be NULL, and the query another one.
  void expect_all_bound();
  void bind(std::string_view text);
  void bind(const std::string& text) { bind(std::string_view(text)); }
  void bind(ByteView blob);
  void bind(const Bytes& blob) { bind(ByteView(blob)); }
  void bind(Timestamp time) { bind_integer(to_millis(time)); }
  template <std::size_t N>
  void bind(const std::array<std::uint8_t, N>& blob) {
    bind(ByteView(blob.data(), N));
  }
  template <typename T, typename = std::enable_if_t<std::is_integral_v<T> || std::is_enum_v<T>>>
  void bind(T value) {
    bind_integer(static_cast<std::int64_t>(value));
  }
  template <typename T>
  void bind(const std::optional<T>& value) {
    if (value) {
      bind(*value);
    } else {
      bind_null();
    }
  }

  Database* database_;
  sqlite3_stmt* statement_ = nullptr;
  int next_parameter_ = 1;
  std::optional<Error> error_;
};

// One statement without rows.
template <typename... Values>
[[nodiscard]] Status run(Database& database, StaticSql sql, const Values&... values) {
  return Query(database, sql, values...).run();
}

}  // namespace certconnector::store
