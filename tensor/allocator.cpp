#include "tensor/allocator.h"

#include <algorithm>
#include <array>

namespace backlight {
namespace {
constexpr std::size_t kAlignment = 64;
}

// To 64 bytes below 4 KiB, to an eighth of the power of two beneath the size above.
std::size_t CachingAllocator::capacity_for(std::size_t bytes) {
  std::size_t step = kAlignment;
  while (bytes / 16 > step) step *= 2;
  return std::max(kAlignment, (bytes + step - 1) / step * step);
}

std::byte* CachingAllocator::allocate(std::size_t capacity, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  std::byte* block = entered_ ? take(entered_->free_, capacity) : nullptr;
  if (!block) block = take_cached_or_new(capacity);
  if (!block)
    throw OutOfMemory(str("out of memory on ", name_of(device_), ": could not get ", capacity >> 20,
                          " MiB more; use a smaller --batch",
                          device_ == Device::cpu ? " or fewer --threads" : ""));
  if (entered_) entered_->owned_.insert(block);
  // Within a pool, recorded work will use the block again for each of the tensors it was given to,
  // and they may differ in size.
  memory_of(device_).hand_out(block, entered_ ? capacity : bytes);
  use_.live += capacity;
  use_.peak = std::max(use_.peak, use_.live);
  return block;
}

void CachingAllocator::release(std::byte* block, std::size_t capacity) {
  const std::lock_guard lock(mutex_);
  use_.live -= capacity;
  use_.cached += capacity;
  for (MemoryPool* pool : pools_)
    if (pool->owned_.contains(block)) return pool->free_[capacity].push_back(block);
  free_[capacity].push_back(block);
  // Never keep more than was in use at the busiest moment.
  if (use_.cached > use_.peak) release_all();
}

void CachingAllocator::trim() {
  const std::lock_guard lock(mutex_);
  release_all();
}

MemoryUse CachingAllocator::use() {
  const std::lock_guard lock(mutex_);
  return use_;
}

void CachingAllocator::enter(MemoryPool* pool) {
  const std::lock_guard lock(mutex_);
  require(!pool || !entered_, "a memory pool is in use already");
  entered_ = pool;
}

void CachingAllocator::add(MemoryPool& pool) {
  const std::lock_guard lock(mutex_);
  pools_.push_back(&pool);
}

void CachingAllocator::dissolve(MemoryPool& pool) {
  const std::lock_guard lock(mutex_);
  std::erase(pools_, &pool);
  for (auto& [capacity, blocks] : pool.free_) {
    auto& cached = free_[capacity];
    cached.insert(cached.end(), blocks.begin(), blocks.end());
  }
}

std::byte* CachingAllocator::take(FreeBlocks& from, std::size_t capacity) {
  const auto found = from.find(capacity);
  if (found == from.end() || found->second.empty()) return nullptr;
  std::byte* block = found->second.back();
  found->second.pop_back();
  use_.cached -= capacity;
  return block;
}

std::byte* CachingAllocator::take_cached_or_new(std::size_t capacity) {
  std::byte* block = take(free_, capacity);
  if (!block) block = memory_of(device_).allocate(capacity);
  if (block) return block;
  release_all();
  return memory_of(device_).allocate(capacity);
}

void CachingAllocator::release_all() {
  for (auto& [capacity, blocks] : free_) {
    for (std::byte* block : blocks) memory_of(device_).release(block);
    use_.cached -= capacity * blocks.size();
  }
  free_.clear();
}

CachingAllocator& allocator(Device device) {
  static const std::array<CachingAllocator*, kDevices> instances{new CachingAllocator(Device::cpu),
                                                                 new CachingAllocator(Device::cuda),
                                                                 new CachingAllocator(Device::sim)};
  return *instances[static_cast<std::size_t>(device)];
}

MemoryUse memory_use(Device device) { return allocator(device).use(); }

void release_cached_memory(Device device) { allocator(device).trim(); }

MemoryPool::MemoryPool(Device device) : device_(device) { allocator(device).add(*this); }
MemoryPool::~MemoryPool() { allocator(device_).dissolve(*this); }

MemoryPool::Scope::Scope(MemoryPool& pool) : pool_(pool) { allocator(pool.device_).enter(&pool); }
MemoryPool::Scope::~Scope() { allocator(pool_.device_).enter(nullptr); }

}  // namespace backlight
