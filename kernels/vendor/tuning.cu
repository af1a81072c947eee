#include "kernels/vendor/tuning.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>
#include <mutex>
#include <optional>

#include "kernels/vendor/backend.h"

namespace backlight::kernels::vendor {
namespace {

constexpr std::size_t kPlans = 10;  // how many are timed
constexpr int kRuns = 4;            // of each, the first to warm up

cudnnHandle_t handle() {
  static const cudnnHandle_t made = [] {
    cudnnHandle_t fresh = nullptr;
    check(CUDNN_FUNCTION(cudnnCreate)(&fresh), "start");
    check(CUDNN_FUNCTION(cudnnSetStream)(fresh, cuda::current_stream()), "use the device's stream");
    return fresh;
  }();
  return made;
}

const Descriptor& this_gpu() {
  static const Descriptor* const gpu = [] {
    auto* made = new Descriptor(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);  // outlives cuDNN's threads
    made->set(CUDNN_ATTR_DEVICEPROP_HANDLE, handle()).finalize("the GPU");
    return made;
  }();
  return *gpu;
}

// Two marks on the device's stream and the time between them.
class Stopwatch {
 public:
  Stopwatch() {
    check_cuda(cudaEventCreate(&start_));
    check_cuda(cudaEventCreate(&stop_));
  }
  ~Stopwatch() {
    (void)cudaEventDestroy(start_);
    (void)cudaEventDestroy(stop_);
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

  template <typename F>
  double milliseconds(F&& f) {
    check_cuda(cudaEventRecord(start_, cuda::current_stream()));
    f();
    check_cuda(cudaEventRecord(stop_, cuda::current_stream()));
    check_cuda(cudaEventSynchronize(stop_));
    float elapsed = 0;
    check_cuda(cudaEventElapsedTime(&elapsed, start_, stop_));
    return elapsed;
  }

 private:
  static void check_cuda(cudaError_t status) {
    require(status == cudaSuccess, "timing cuDNN's engines: ", cudaGetErrorString(status));
  }
  cudaEvent_t start_ = nullptr, stop_ = nullptr;
};

void run_plan(const ConvolutionPlan& plan, const ConvolutionOperands& operands) {
  const auto bytes = static_cast<std::size_t>(plan.workspace_bytes());
  // Given back at once: what reuses it comes later on the same stream.
  Storage workspace(std::max<std::size_t>(bytes, 1), Device::cuda);
  plan.run(handle(), operands, workspace.mutable_data());
}

double fastest_run(const ConvolutionPlan& plan, const ConvolutionOperands& operands) {
  Stopwatch stopwatch;
  double best = std::numeric_limits<double>::infinity();
  for (int run = 0; run < kRuns; ++run) {
    const double time = stopwatch.milliseconds([&] { run_plan(plan, operands); });
    if (run > 0) best = std::min(best, time);
  }
  return best;
}

// Nothing if cuDNN offers no plan, or if none of them runs, which is said.
std::optional<TunedConvolution> tune(const ConvolutionProblem& problem,
                                     const ConvolutionOperands& operands) {
  std::optional<TunedConvolution> best;
  std::string last_problem;
  for (ConvolutionPlan& plan : convolution_plans(problem, this_gpu(), kPlans)) {
    try {
      const double time = fastest_run(plan, operands);
      if (!best || time < best->milliseconds)
        best.emplace(TunedConvolution{problem, std::move(plan), time});
    } catch (const OutOfMemory&) {
      if (!best) throw;  // the caller may go on with less; this is no answer to keep
    } catch (const Error& error) {
      last_problem = error.what();
    }
  }
  if (!best && !last_problem.empty())
    std::fprintf(stderr, "backlight: none of cuDNN's engines ran %s: %s\n", problem.name().c_str(),
                 last_problem.c_str());
  return best;
}

std::mutex mutex;

std::map<std::string, std::optional<TunedConvolution>>& all_found() {
  static auto* const found = new std::map<std::string, std::optional<TunedConvolution>>;
  return *found;
}

double bytes_of(const ConvolutionProblem& problem) {
  const double factor = problem.precision == Precision::bf16 ? 2 : 4;
  return factor *
         static_cast<double>(problem.x.numel() + problem.weight.numel() + problem.y().numel());
}

}  // namespace

void TunedConvolution::run(const ConvolutionOperands& operands) const {
  const double window = static_cast<double>(problem.weight.numel() / problem.weight[0]);
  const double flop = 2.0 * static_cast<double>(problem.y().numel()) * window;
  call_library("cudnnBackendExecute", problem.name(), flop, bytes_of(problem), [&] {
    try {
      run_plan(plan, operands);
    } catch (const OutOfMemory&) {
      throw;
    } catch (const Error& error) {
      fail(problem.name(), ": ", error.what());
    }
  });
}

const TunedConvolution* find_convolution(const ConvolutionProblem& problem,
                                         const ConvolutionOperands& operands) {
  const std::lock_guard lock(mutex);
  const std::string name = problem.name();
  auto at = all_found().find(name);
  if (at == all_found().end()) at = all_found().emplace(name, tune(problem, operands)).first;
  return at->second ? &*at->second : nullptr;
}

const TunedConvolution* found_convolution(const ConvolutionProblem& problem) {
  const std::lock_guard lock(mutex);
  const auto at = all_found().find(problem.name());
  return at != all_found().end() && at->second ? &*at->second : nullptr;
}

std::string cudnn_version() {
  const auto version = CUDNN_FUNCTION(cudnnGetVersion)();
  return str(version / 10000, ".", version / 100 % 100, ".", version % 100);
}

}  // namespace backlight::kernels::vendor
