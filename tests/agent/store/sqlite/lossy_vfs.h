// A disk in memory as a SQLite VFS, whose power can be cut: what was written and not synced is then
// lost, or kept, or kept in part, sector by sector and in any order.
//
// It promises what the operating system promises: a sync makes a file's octets durable, and its
// being there; sectors of 512 octets are whole; octets beside a write do not change.
// Thread-safe. Connections of before a cut must be closed before restore_power().
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace certconnector::store {

class LossyDisk {
 public:
  // Registers the VFS under `name`; the seed decides what a cut leaves.
  LossyDisk(std::string name, std::uint64_t seed);
  ~LossyDisk();
  LossyDisk(const LossyDisk&) = delete;
  LossyDisk& operator=(const LossyDisk&) = delete;

  [[nodiscard]] const std::string& name() const;
  // The power fails at the n-th operation from now that would change the disk.
  void cut_after(std::uint64_t operations);
  void cut_now();
  [[nodiscard]] bool is_off() const;
  // Forgets what the cut took and goes on.
  void restore_power();
  // How many operations have changed the disk.
  [[nodiscard]] std::uint64_t operations() const;

  // Every write gives this SQLite code (SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR_FSYNC, ...)
  // until it is 0 again.
  void refuse_writes(int code);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace certconnector::store
