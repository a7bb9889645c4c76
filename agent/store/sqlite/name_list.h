// Subject alternative names in records.
#pragma once

#include <optional>
#include <vector>

#include "agent/store/sqlite/record_bytes.h"
#include "common/crypto/general_name.h"

namespace certconnector::store {

using NameList = std::vector<crypto::GeneralName>;

// Whether they are few and short enough to be read again.
[[nodiscard]] bool names_fit(const NameList& names);
// Inside a record of something else.
void write_names(RecordWriter& out, const NameList& names);
[[nodiscard]] NameList read_names(RecordReader& in);

// As a separate record. Nothing: they do not fit.
[[nodiscard]] std::optional<Bytes> encode_names(const NameList& names);
// Nothing: it is damaged.
[[nodiscard]] std::optional<NameList> decode_names(ByteView record);

}  // namespace certconnector::store
