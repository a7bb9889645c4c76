#pragma once

#include <pthread.h>

#include <cstdlib>

namespace certconnector::crypto {

// One value for each thread, freed when the thread ends. In place of `thread_local`: mingw frees
// its memory before it destroys what is in it. A static object, which outlives every thread;
// thread-safe.
template <typename Value>
class KeptByThread {
 public:
  KeptByThread() {
    // Fails for want of keys only, of which a process has a thousand.
    if (::pthread_key_create(&key_, [](void* kept) { delete static_cast<Value*>(kept); }) != 0)
      std::abort();
  }
  KeptByThread(const KeptByThread&) = delete;
  KeptByThread& operator=(const KeptByThread&) = delete;

  // That of this thread, which `make` makes the first time.
  template <typename Make>
  [[nodiscard]] const Value& get(const Make& make) const {
    auto* kept = static_cast<Value*>(::pthread_getspecific(key_));
    if (kept == nullptr) {
      kept = new Value(make());
      if (::pthread_setspecific(key_, kept) != 0) std::abort();
    }
    return *kept;
  }

 private:
  pthread_key_t key_{};
};

}  // namespace certconnector::crypto
