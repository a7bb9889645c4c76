// Octets of a known number that are read piece by piece: a file that is too large for the memory.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "common/text/bytes.h"

namespace certconnector {

// The octets never change while the source lives. Thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  ByteSource(ByteSource&&) = delete;
  ByteSource& operator=(ByteSource&&) = delete;

  [[nodiscard]] virtual std::uint64_t size() const = 0;
  // Fills `piece` with the octets from `offset` on. False: they cannot be read, or there are fewer.
  [[nodiscard]] virtual bool read(std::uint64_t offset, Bytes& piece) const = 0;
};

using SharedBytes = std::shared_ptr<const ByteSource>;

// Octets in memory.
class BytesInMemory final : public ByteSource {
 public:
  explicit BytesInMemory(Bytes bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] bool read(std::uint64_t offset, Bytes& piece) const override;

 private:
  const Bytes bytes_;
};

// All of it; false when it cannot be read.
[[nodiscard]] bool read_all(const ByteSource& source, Bytes& out);

}  // namespace certconnector
