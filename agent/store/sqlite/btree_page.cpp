#include "agent/store/sqlite/btree_page.h"

#include <algorithm>
#include <cstring>

namespace certconnector::store {
namespace {

constexpr std::size_t kFileHeader = 100;  // before the b-tree of page 1
constexpr std::size_t kLongestPayload = std::size_t{4} * 1024 * 1024;  // SQLITE_LIMIT_LENGTH
constexpr std::size_t kMostColumns = 100;                              // SQLITE_LIMIT_COLUMN

// Reads on within `octets`; the first thing that does not fit makes ok() false for good.
class Cursor {
 public:
  Cursor(ByteView octets, std::size_t at) : octets_(octets), at_(at) {}

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int i = 0; i < 9; ++i) {
      if (at_ >= octets_.size()) return fail();
      const std::uint8_t octet = octets_[at_++];
      if (i == 8) return value << 8U | octet;
      value = value << 7U | (octet & 0x7FU);
      if ((octet & 0x80U) == 0) return value;
    }
    return value;
  }
  std::uint32_t word() {
    const ByteView octets = take(4);
    return read_big_endian(octets, 0, 4);
  }
  ByteView take(std::size_t count) {
    if (!ok_ || count > octets_.size() - std::min(at_, octets_.size())) {
      fail();
      return {};
    }
    at_ += count;
    return octets_.subview(at_ - count, count);
  }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::uint64_t fail() {
    ok_ = false;
    return 0;
  }

  ByteView octets_;
  std::size_t at_;
  bool ok_ = true;
};

std::int64_t signed_integer(ByteView octets) {
  std::uint64_t value = !octets.empty() && (octets[0] & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
  for (const std::uint8_t octet : octets) value = value << 8U | octet;
  return static_cast<std::int64_t>(value);
}

double real(ByteView octets) {
  const std::int64_t bits = signed_integer(octets);
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// By its serial type; nothing: there is no such type, or the octets end before.
std::optional<StoredValue> read_value(std::uint64_t type, Cursor& body) {
  static constexpr std::size_t kSizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
  if (type == 10 || type == 11) return std::nullopt;
  if (type >= 12) {
    const ByteView octets = body.take(static_cast<std::size_t>((type - 12) / 2));
    if (!body.ok()) return std::nullopt;
    if (type % 2 == 0) return StoredValue(octets.to_bytes());
    return StoredValue(std::string(as_text(octets)));
  }
  const ByteView octets = body.take(kSizes[type]);
  if (!body.ok()) return std::nullopt;
  switch (type) {
    case 0:
      return StoredValue();
    case 7:
      return StoredValue(real(octets));
    case 8:
    case 9:
      return StoredValue(static_cast<std::int64_t>(type - 8));
    default:
      return StoredValue(signed_integer(octets));
  }
}

std::optional<StoredValues> read_record(ByteView payload) {
  Cursor types(payload, 0);
  const std::uint64_t header = types.varint();
  if (!types.ok() || header > payload.size()) return std::nullopt;
  Cursor body(payload, static_cast<std::size_t>(header));
  StoredValues values;
  while (types.at() < header) {
    if (values.size() == kMostColumns) return std::nullopt;
    const std::uint64_t type = types.varint();
    if (!types.ok() || type > 2 * kLongestPayload + 13) return std::nullopt;
    auto value = read_value(type, body);
    if (!value) return std::nullopt;
    values.push_back(std::move(*value));
  }
  if (types.at() != header || body.at() != payload.size()) return std::nullopt;
  return values;
}

// How much of a payload stands in the page itself.
std::size_t local_size(std::size_t payload, std::size_t usable, bool table) {
  const std::size_t most = table ? usable - 35 : (usable - 12) * 64 / 255 - 23;
  if (payload <= most) return payload;
  const std::size_t least = (usable - 12) * 32 / 255 - 23;
  const std::size_t size = least + (payload - least) % (usable - 4);
  return size <= most ? size : least;
}

// The payload at the cursor, with its overflow pages.
std::optional<Bytes> read_payload(PageFile& file, Cursor& cell, std::uint64_t size, bool table) {
  if (!cell.ok() || size > kLongestPayload) return std::nullopt;
  const auto whole = static_cast<std::size_t>(size);
  const std::size_t usable = file.usable_size();
  const std::size_t local = local_size(whole, usable, table);
  Bytes payload = cell.take(local).to_bytes();
  std::uint32_t next = local < whole ? cell.word() : 0;
  if (!cell.ok()) return std::nullopt;
  while (payload.size() < whole) {
    const auto page = file.page(next);
    if (!page) return std::nullopt;
    next = read_big_endian(*page, 0, 4);
    const std::size_t count = std::min(usable - 4, whole - payload.size());
    payload.insert(payload.end(), page->begin() + 4,
                   page->begin() + 4 + static_cast<std::ptrdiff_t>(count));
  }
  return payload;
}

// False: the cell is damaged.
bool read_cell(PageFile& file, ByteView octets, std::size_t at, BtreePage& page) {
  Cursor cell(octets, at);
  if (is_interior(page.kind)) {
    const std::uint32_t child = cell.word();
    if (!cell.ok()) return false;
    page.children.push_back(child);
    if (page.kind == PageKind::table_interior) return true;
  }
  const std::uint64_t size = cell.varint();
  StoredRow row;
  if (page.kind == PageKind::table_leaf) row.rowid = static_cast<std::int64_t>(cell.varint());
  const auto payload = read_payload(file, cell, size, is_table(page.kind));
  auto values = payload ? read_record(*payload) : std::nullopt;
  if (!values) return false;
  row.values = std::move(*values);
  page.rows.push_back(std::move(row));
  return true;
}

std::optional<PageKind> kind_of(std::uint8_t flag) {
  for (const PageKind kind : {PageKind::index_interior, PageKind::table_interior,
                              PageKind::index_leaf, PageKind::table_leaf}) {
    if (flag == static_cast<std::uint8_t>(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace

std::optional<BtreePage> read_btree_page(PageFile& file, std::uint32_t number) {
  const auto octets = file.page(number);
  if (!octets) return std::nullopt;
  const ByteView usable = ByteView(*octets).subview(0, file.usable_size());
  const std::size_t start = number == 1 ? kFileHeader : 0;
  const auto kind = kind_of(usable[start]);
  if (!kind) return std::nullopt;
  const std::size_t cells = read_big_endian(usable, start + 3, 2);
  const std::size_t pointers = start + (is_interior(*kind) ? 12 : 8);
  if (pointers + 2 * cells > usable.size()) return std::nullopt;
  BtreePage page;
  page.kind = *kind;
  for (std::size_t i = 0; i < cells; ++i) {
    const std::size_t at = read_big_endian(usable, pointers + 2 * i, 2);
    const bool inside = at >= pointers + 2 * cells && at < usable.size();
    if (!inside || !read_cell(file, usable, at, page)) ++page.damaged_cells;
  }
  if (is_interior(*kind)) page.children.push_back(read_big_endian(usable, start + 8, 4));
  return page;
}

}  // namespace certconnector::store
