#include "agent/store/sqlite/name_list.h"

#include <algorithm>
#include <utility>

namespace certconnector::store {
namespace {

constexpr std::uint8_t kNameListVersion = 1;
constexpr std::size_t kMostNames = 1000;
constexpr std::size_t kLongestName = std::size_t{16} * 1024;

}  // namespace

bool names_fit(const NameList& names) {
  return names.size() <= kMostNames &&
         std::all_of(names.begin(), names.end(), [](const crypto::GeneralName& name) {
           return name.value.size() <= kLongestName;
         });
}

void write_names(RecordWriter& out, const NameList& names) {
  out.number(names.size());
  for (const crypto::GeneralName& name : names) {
    out.number(static_cast<std::uint64_t>(name.kind));
    out.text(name.value);
  }
}

NameList read_names(RecordReader& in) {
  NameList names;
  const std::uint64_t count = in.number_up_to(kMostNames);
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const auto kind = in.number_up_to(static_cast<unsigned>(crypto::GeneralNameKind::other));
    names.push_back({static_cast<crypto::GeneralNameKind>(kind), in.text(kLongestName)});
  }
  return names;
}

std::optional<Bytes> encode_names(const NameList& names) {
  if (!names_fit(names)) return std::nullopt;
  RecordWriter out(kNameListVersion);
  write_names(out, names);
  return std::move(out).seal();
}

std::optional<NameList> decode_names(ByteView record) {
  RecordReader in(record, kNameListVersion);
  NameList names = read_names(in);
  if (!in.finished()) return std::nullopt;
  return names;
}

}  // namespace certconnector::store
