// The bytes beneath a tensor, and the caching allocator they come from.
#pragma once

#include <any>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace backlight {

// What the caching allocator has handed out, in bytes.
struct MemoryUse {
  std::size_t live = 0;    // in tensors now
  std::size_t peak = 0;    // the most that was ever in tensors at once
  std::size_t cached = 0;  // kept for reuse: fresh pages cost as much as a layer of arithmetic
};
MemoryUse memory_use();

// Gives the cached, unused bytes back to the system.
void release_cached_memory();

// A block of memory, 64-byte aligned. Its contents start undefined. Errors: an Error that names
// the size when the system has no memory left.
class Storage {
 public:
  explicit Storage(std::size_t bytes);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::size_t size() const { return bytes_; }
  const std::byte* data() const { return data_; }

  // Write access. Forgets what was attached: it was derived from the old contents.
  std::byte* mutable_data();

  // Counts the write accesses, so that what is derived from the contents knows when it is stale.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  // Something derived from the contents (weights packed for a kernel, say), made at the first
  // call with this key and living as long as the contents do. Safe to call from several threads.
  template <typename T>
  std::shared_ptr<const T> attachment(const std::string& key,
                                      const std::function<std::shared_ptr<const T>()>& make) const {
    const std::lock_guard lock(attachments_mutex_);
    std::any& slot = attachments_[key];
    if (!slot.has_value()) slot = make();
    return std::any_cast<std::shared_ptr<const T>>(slot);
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_;
  std::size_t capacity_;
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex attachments_mutex_;
  mutable std::unordered_map<std::string, std::any> attachments_;
};

}  // namespace backlight
