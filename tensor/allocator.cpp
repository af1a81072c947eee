#include "tensor/allocator.h"

#include <algorithm>
#include <array>

namespace backlight {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kMostSlack = 2;  // a block serves no request smaller than its size by this

// What a request of this many bytes takes: rounded up to 64 bytes below 4 KiB, to an eighth of the
// power of two beneath the size above, so that a freed block fits the next request of about its
// size.
std::size_t capacity_for(std::size_t bytes) {
  std::size_t step = kAlignment;
  while (bytes / 16 > step) step *= 2;
  return std::max(kAlignment, (bytes + step - 1) / step * step);
}

}  // namespace

CachingAllocator::Block CachingAllocator::allocate(std::size_t bytes) {
  const std::size_t capacity = capacity_for(bytes);
  const std::lock_guard lock(mutex_);
  Block block;
  if (entered_) block = take(entered_->free_, capacity);
  if (!block.data) block = take_cached_or_new(capacity);
  if (!block.data)
    throw OutOfMemory(str("out of memory on ", name_of(device_), ": could not get ", capacity >> 20,
                          " MiB more; use a smaller --batch",
                          device_ == Device::cpu ? " or fewer --threads" : ""));
  if (entered_) entered_->owned_.insert(block.data);
  // Within a pool, recorded work will use the block again for each of the tensors it was given to,
  // and they may differ in size.
  memory_of(device_).hand_out(block.data, entered_ ? block.capacity : bytes);
  use_.live += block.capacity;
  use_.peak = std::max(use_.peak, use_.live);
  return block;
}

void CachingAllocator::release(const Block& block) {
  const std::lock_guard lock(mutex_);
  use_.live -= block.capacity;
  use_.cached += block.capacity;
  const FreeBlock freed{block.data, ++freed_};
  for (MemoryPool* pool : pools_)
    if (pool->owned_.contains(block.data)) return pool->free_[block.capacity].push_back(freed);
  free_[block.capacity].push_back(freed);
  // Live and cached together stay near what was in use at the busiest moment: work whose tensors
  // differ in size from batch to batch would otherwise hold twice that.
  const std::size_t most = use_.peak + use_.peak / 4;
  keep(most - std::min(most, use_.live));
}

void CachingAllocator::trim() {
  const std::lock_guard lock(mutex_);
  keep(0);
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
    std::ranges::sort(cached, {}, &FreeBlock::freed);
  }
}

CachingAllocator::Block CachingAllocator::take(FreeBlocks& from, std::size_t capacity) {
  const auto found = from.lower_bound(capacity);
  if (found == from.end() || found->first > kMostSlack * capacity) return {};
  const Block block{found->second.back().data, found->first};
  found->second.pop_back();
  if (found->second.empty()) from.erase(found);
  use_.cached -= block.capacity;
  return block;
}

CachingAllocator::Block CachingAllocator::take_cached_or_new(std::size_t capacity) {
  if (const Block block = take(free_, capacity); block.data) return block;
  std::byte* data = memory_of(device_).allocate(capacity);
  if (!data) {
    keep(0);
    data = memory_of(device_).allocate(capacity);
  }
  return {data, capacity};
}

void CachingAllocator::keep(std::size_t bytes) {
  while (use_.cached > bytes && !free_.empty()) {
    const auto oldest =
        std::min_element(free_.begin(), free_.end(), [](const auto& a, const auto& b) {
          return a.second.front().freed < b.second.front().freed;
        });
    auto& [capacity, blocks] = *oldest;
    memory_of(device_).release(blocks.front().data);
    use_.cached -= capacity;
    blocks.erase(blocks.begin());
    if (blocks.empty()) free_.erase(oldest);
  }
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
