#include "bench/gpu/timer.h"

#include <algorithm>
#include <cmath>

#include "kernels/cuda/gpu.h"

namespace backlight::bench {
namespace {

namespace cuda = kernels::cuda;

constexpr int kSamples = 15;
constexpr double kWarmUp = 20, kStretch = 3;  // milliseconds, at least
constexpr std::int64_t kMostRounds = 1000;
// Several times the second-level cache of any GPU there is.
constexpr double kBytesOfRotation = 512 << 20;
constexpr std::int64_t kMostCopies = 64;

void check(cudaError_t status) {
  require(status == cudaSuccess, "the GPU reports: ", cudaGetErrorString(status));
}

class Events {
 public:
  Events() {
    check(cudaEventCreate(&start_));
    check(cudaEventCreate(&stop_));
  }
  ~Events() {
    (void)cudaEventDestroy(start_);
    (void)cudaEventDestroy(stop_);
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  template <typename F>
  double milliseconds(F&& f) {
    check(cudaEventRecord(start_, cuda::current_stream()));
    f();
    check(cudaEventRecord(stop_, cuda::current_stream()));
    check(cudaEventSynchronize(stop_));
    float elapsed = 0;
    check(cudaEventElapsedTime(&elapsed, start_, stop_));
    return elapsed;
  }

 private:
  cudaEvent_t start_ = nullptr, stop_ = nullptr;
};

}  // namespace

double median_milliseconds(const std::function<void(std::int64_t round)>& work) {
  Events events;
  std::int64_t round = 0, rounds = 1;
  const auto stretch = [&] {
    return events.milliseconds([&] {
      for (std::int64_t i = 0; i < rounds; ++i) work(round++);
    });
  };
  (void)stretch();  // the first call may plan, pack and compile
  for (double spent = 0, last = 0; spent < kWarmUp || (last < kStretch && rounds < kMostRounds);) {
    last = stretch();
    spent += last;
    if (last < kStretch) rounds = std::min(2 * rounds, kMostRounds);
  }
  std::vector<double> samples(kSamples);
  for (double& sample : samples) sample = stretch() / static_cast<double>(rounds);
  std::sort(samples.begin(), samples.end());
  return samples[kSamples / 2];
}

Rotation::Rotation(double bytes_of_round, const std::function<Tensor(std::int64_t)>& make) {
  const auto wanted = static_cast<std::int64_t>(std::ceil(kBytesOfRotation / bytes_of_round)) + 1;
  for (std::int64_t i = 0; i < std::min(wanted, kMostCopies); ++i) tensors_.push_back(make(i));
}

const Tensor& Rotation::operator[](std::int64_t round) const {
  return tensors_[static_cast<std::size_t>(round) % tensors_.size()];
}

}  // namespace backlight::bench
