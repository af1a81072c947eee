// The caching allocator beneath Storage: one for each device.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "tensor/device.h"

namespace backlight {

// What the caching allocator of a device has handed out, in bytes.
struct MemoryUse {
  std::size_t live = 0;    // in tensors now
  std::size_t peak = 0;    // the most that was ever in tensors at once
  std::size_t cached = 0;  // kept for reuse: fresh pages cost as much as a layer of arithmetic
};
MemoryUse memory_use(Device device = Device::cpu);

// Gives the cached, unused bytes back to the device.
void release_cached_memory(Device device = Device::cpu);

// Memory kept apart for work that is recorded with its addresses and done again later: what is
// allocated while a MemoryPool::Scope lives stays the pool's when it is freed, so that nobody else
// is given it between two runs of the work.
class MemoryPool {
 public:
  explicit MemoryPool(Device device);
  ~MemoryPool();  // what is free in it goes to everybody; what is not, when it is freed
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  // While it lives, the device's memory comes from the pool. Scopes do not nest.
  class Scope {
   public:
    explicit Scope(MemoryPool& pool);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    MemoryPool& pool_;
  };

 private:
  friend class CachingAllocator;
  Device device_;
  std::map<std::size_t, std::vector<std::byte*>> free_;
  std::unordered_set<const std::byte*> owned_;
};

// Free blocks by size, reused before the device is asked: the first touch of fresh pages costs as
// much as a layer of arithmetic, and a GPU's driver waits for all work before it gives memory.
class CachingAllocator {
 public:
  explicit CachingAllocator(Device device) : device_(device) {}

  // What a request of this many bytes takes: a freed block fits the next request of about its size.
  static std::size_t capacity_for(std::size_t bytes);

  // A block of `capacity` bytes for a tensor of `bytes`. Errors: OutOfMemory.
  std::byte* allocate(std::size_t capacity, std::size_t bytes);
  void release(std::byte* block, std::size_t capacity);
  void trim();
  MemoryUse use();

  void enter(MemoryPool* pool);  // null to leave
  void add(MemoryPool& pool);
  void dissolve(MemoryPool& pool);

 private:
  using FreeBlocks = std::map<std::size_t, std::vector<std::byte*>>;
  std::byte* take(FreeBlocks& from, std::size_t capacity);
  std::byte* take_cached_or_new(std::size_t capacity);
  void release_all();

  Device device_;
  std::mutex mutex_;
  FreeBlocks free_;
  std::vector<MemoryPool*> pools_;
  MemoryPool* entered_ = nullptr;
  MemoryUse use_;
};

// Never destroyed: tensors in static objects may outlive any other order.
CachingAllocator& allocator(Device device);

}  // namespace backlight
