// The caching allocator beneath Storage: one for each device.
#pragma once

#include <cstddef>
#include <cstdint>
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

// Blocks that can be handed out again, by capacity; of each capacity the longest unused is first.
struct FreeBlock {
  std::byte* data = nullptr;
  std::uint64_t freed = 0;  // counts what was freed before
};
using FreeBlocks = std::map<std::size_t, std::vector<FreeBlock>>;

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
  FreeBlocks free_;
  std::unordered_set<const std::byte*> owned_;
};

// Free blocks by size, reused before the device is asked: the first touch of fresh pages costs as
// much as a layer of arithmetic, and a GPU's driver waits for all work before it gives memory. A
// freed block serves requests down to half its size, such as the last batch's, which is smaller.
// What is free is kept as long as it and what is in use are no more than five quarters of the most
// that ever was in use; the longest unused goes first.
class CachingAllocator {
 public:
  struct Block {
    std::byte* data = nullptr;
    std::size_t capacity = 0;  // in bytes
  };

  explicit CachingAllocator(Device device) : device_(device) {}

  // A block of at least `bytes` bytes. Errors: OutOfMemory.
  Block allocate(std::size_t bytes);
  void release(const Block& block);
  void trim();
  MemoryUse use();

  void enter(MemoryPool* pool);  // null to leave
  void add(MemoryPool& pool);
  void dissolve(MemoryPool& pool);

 private:
  Block take(FreeBlocks& from, std::size_t capacity);
  Block take_cached_or_new(std::size_t capacity);
  // Gives the longest unused blocks back until no more than `bytes` are cached.
  void keep(std::size_t bytes);

  Device device_;
  std::mutex mutex_;
  FreeBlocks free_;
  std::vector<MemoryPool*> pools_;
  MemoryPool* entered_ = nullptr;
  std::uint64_t freed_ = 0;  // blocks so far
  MemoryUse use_;
};

// Never destroyed: tensors in static objects may outlive any other order.
CachingAllocator& allocator(Device device);

}  // namespace backlight
