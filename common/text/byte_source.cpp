#include "common/text/byte_source.h"

#include <algorithm>

namespace certconnector {

bool BytesInMemory::read(std::uint64_t offset, Bytes& piece) const {
  if (offset > bytes_.size() || piece.size() > bytes_.size() - offset) return false;
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), piece.size(), piece.begin());
  return true;
}

bool read_all(const ByteSource& source, Bytes& out) {
  out.resize(static_cast<std::size_t>(source.size()));
  return source.read(0, out);
}

}  // namespace certconnector
