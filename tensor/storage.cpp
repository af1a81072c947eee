#include "tensor/storage.h"

#include "tensor/allocator.h"

namespace backlight {

Storage::Storage(std::size_t bytes, Device device)
    : block_(allocator(device).allocate(bytes)), bytes_(bytes), device_(device) {}

Storage::~Storage() { allocator(device_).release(block_); }

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
  return block_.data;
}

}  // namespace backlight
