#include "tensor/storage.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "tensor/error.h"

namespace backlight {
namespace {

constexpr std::size_t kAlignment = 64;

// Blocks are rounded up so that a freed one fits the next request of about its size: to 64 bytes
// below 4 KiB, to an eighth of the power of two beneath the size above.
std::size_t rounded(std::size_t bytes) {
  std::size_t step = kAlignment;
  while (bytes / 16 > step) step *= 2;
  return std::max(kAlignment, (bytes + step - 1) / step * step);
}

// Free blocks by size, reused before the device is asked: the first touch of fresh pages costs as
// much as a layer of arithmetic, and a GPU's driver waits for all work before it gives memory.
class CachingAllocator {
 public:
  explicit CachingAllocator(Device device) : device_(device) {}

  std::byte* allocate(std::size_t capacity, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    DeviceMemory& memory = memory_of(device_);
    std::byte* block = take_cached(capacity);
    if (!block) block = memory.allocate(capacity);
    if (!block) {
      release_all();
      block = memory.allocate(capacity);
    }
    if (!block)
      throw OutOfMemory(str("out of memory on ", name_of(device_), ": could not get ",
                            capacity >> 20, " MiB more; use a smaller --batch",
                            device_ == Device::cpu ? " or fewer --threads" : ""));
    memory.hand_out(block, bytes);
    use_.live += capacity;
    use_.peak = std::max(use_.peak, use_.live);
    return block;
  }

  void release(std::byte* block, std::size_t capacity) {
    const std::lock_guard lock(mutex_);
    use_.live -= capacity;
    use_.cached += capacity;
    free_[capacity].push_back(block);
    // Never keep more than was in use at the busiest moment.
    if (use_.cached > use_.peak) release_all();
  }

  void trim() {
    const std::lock_guard lock(mutex_);
    release_all();
  }

  MemoryUse use() {
    const std::lock_guard lock(mutex_);
    return use_;
  }

 private:
  std::byte* take_cached(std::size_t capacity) {
    const auto found = free_.find(capacity);
    if (found == free_.end() || found->second.empty()) return nullptr;
    std::byte* block = found->second.back();
    found->second.pop_back();
    use_.cached -= capacity;
    return block;
  }

  void release_all() {
    for (auto& [capacity, blocks] : free_) {
      for (std::byte* block : blocks) memory_of(device_).release(block);
      use_.cached -= capacity * blocks.size();
    }
    free_.clear();
  }

  Device device_;
  std::mutex mutex_;
  std::map<std::size_t, std::vector<std::byte*>> free_;
  MemoryUse use_;
};

// Never destroyed: tensors in static objects may outlive any other order.
CachingAllocator& allocator(Device device) {
  static const std::array<CachingAllocator*, kDevices> instances{new CachingAllocator(Device::cpu),
                                                                 new CachingAllocator(Device::cuda),
                                                                 new CachingAllocator(Device::sim)};
  return *instances[static_cast<std::size_t>(device)];
}

}  // namespace

MemoryUse memory_use(Device device) { return allocator(device).use(); }

void release_cached_memory(Device device) { allocator(device).trim(); }

Storage::Storage(std::size_t bytes, Device device)
    : bytes_(bytes), capacity_(rounded(bytes)), device_(device) {
  data_ = allocator(device).allocate(capacity_, bytes);
}

Storage::~Storage() { allocator(device_).release(data_, capacity_); }

void Storage::mark(const std::string& remark) const {
  const std::lock_guard lock(attachments_mutex_);
  attachments_[remark] = true;
}

bool Storage::is_marked(const std::string& remark) const {
  const std::lock_guard lock(attachments_mutex_);
  return attachments_.contains(remark);
}

std::byte* Storage::mutable_data() {
  version_.fetch_add(1, std::memory_order_release);
  const std::lock_guard lock(attachments_mutex_);
  if (!attachments_.empty()) attachments_.clear();
  return data_;
}

}  // namespace backlight
