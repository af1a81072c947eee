// The bytes beneath a tensor.
#pragma once

#include <any>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tensor/allocator.h"
#include "tensor/device.h"

namespace backlight {

// A block of a device's memory, 64-byte aligned. Its contents start undefined. Errors: OutOfMemory,
// which names the size, when the device has no memory left.
class Storage {
 public:
  explicit Storage(std::size_t bytes, Device device = Device::cpu);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::size_t size() const { return bytes_; }
  const std::byte* data() const { return block_.data; }

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

  // A remark about the contents, forgotten when they change.
  void mark(const std::string& remark) const;
  bool is_marked(const std::string& remark) const;

 private:
  CachingAllocator::Block block_;
  std::size_t bytes_;
  Device device_;
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex attachments_mutex_;
  mutable std::unordered_map<std::string, std::any> attachments_;
};

}  // namespace backlight
