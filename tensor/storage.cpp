#include "tensor/storage.h"

#include "tensor/allocator.h"

namespace backlight {

Storage::Storage(std::size_t bytes, Device device)
    : bytes_(bytes), capacity_(CachingAllocator::capacity_for(bytes)), device_(device) {
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
