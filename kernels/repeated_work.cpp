#include "kernels/repeated_work.h"

#include "kernels/backend.h"
#include "kernels/device.h"
#include "kernels/profile_scope.h"

namespace backlight::kernels {

// Everything keeps its address from one replay to the next.
struct RepeatedWork::Recorded {
  explicit Recorded(const Tensor& x) : pool(x.device()), input(x.clone()) {}

  MemoryPool pool;
  Tensor input, output;
  std::unique_ptr<RecordedLaunches> launches;
};

RepeatedWork::RepeatedWork(std::function<Tensor(const Tensor& x)> f) : f_(std::move(f)) {}
RepeatedWork::~RepeatedWork() = default;

Tensor RepeatedWork::operator()(const Tensor& x) {
  const GpuDevice* const gpu = gpu_of(x.device());
  // A profile watches single launches, which a replay does not have.
  if (!gpu || profiling() || !(x.shape() == shape_)) {
    recorded_.reset();
    shape_ = x.shape();
    return f_(x);
  }
  if (!recorded_) {
    auto recorded = std::make_unique<Recorded>(x);
    const MemoryPool::Scope scope(recorded->pool);
    recorded->launches = gpu->record([&] { recorded->output = f_(recorded->input); });
    recorded_ = std::move(recorded);
  } else {
    memory_of(x.device()).copy_within(recorded_->input.mutable_address(), x.address(), x.nbytes());
  }
  recorded_->launches->replay();
  return recorded_->output;
}

}  // namespace backlight::kernels
