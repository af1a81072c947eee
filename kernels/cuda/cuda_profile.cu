// The NVIDIA GPU's part of a profile: its launches are timed by events, and named for Nsight.
#include <nvtx3/nvToolsExt.h>

#include "kernels/cuda/backend.h"
#include "kernels/precision.h"

namespace backlight::kernels::cuda {
namespace {

void check(cudaError_t status, const char* what) {
  require(status == cudaSuccess, "CUDA could not ", what, ": ", cudaGetErrorString(status));
}

int attribute(cudaDeviceAttr which) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, 0), "ask the GPU");
  return value;
}

// Keeps the GPU busy while the host queues launches behind it: otherwise the time between the two
// events of a short kernel is the time that the host takes to launch it.
__global__ void keep_busy(long long cycles) {
  const long long start = clock64();
  while (clock64() - start < cycles) {
  }
}
constexpr long long kHeadStart = 40'000'000;  // some 25 ms

class Event {
 public:
  Event() { check(cudaEventCreate(&event_), "make an event"); }
  ~Event() { (void)cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record() { check(cudaEventRecord(event_, current_stream()), "record an event"); }
  double seconds_since(const Event& start) const {
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, start.event_, event_), "read a time");
    return milliseconds * 1e-3;
  }

 private:
  cudaEvent_t event_ = nullptr;
};

struct Interval {
  Event begin, end;
};

MultiprocessorLimits limits() {
  MultiprocessorLimits own;
  own.warps = attribute(cudaDevAttrMaxThreadsPerMultiProcessor) / 32;
  own.blocks = attribute(cudaDevAttrMaxBlocksPerMultiprocessor);
  own.registers = attribute(cudaDevAttrMaxRegistersPerMultiprocessor);
  own.shared_bytes =
      static_cast<std::size_t>(attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor));
  own.reserved_shared_bytes =
      static_cast<std::size_t>(attribute(cudaDevAttrReservedSharedMemoryPerBlock));
  return own;
}

// What is known of a launch before it runs.
LaunchRecord describe(const Launch& launch) {
  LaunchRecord record;
  record.device = Device::cuda;
  record.kernel = launch.kernel;
  record.shapes = launch.shapes;
  record.grid = {launch.grid.x, launch.grid.y, launch.grid.z};
  record.block = {launch.block.x, launch.block.y, launch.block.z};
  record.dynamic_shared_bytes = launch.shared_bytes;
  record.flop = launch.flop;
  record.bytes = launch.bytes;
  return record;
}

// What a kernel needs of a multiprocessor. The count of blocks is CUDA's own; what limits it is
// told by the formula.
void describe_kernel(const Launch& launch, const void* kernel, LaunchRecord& record) {
  cudaFuncAttributes attributes{};
  check(cudaFuncGetAttributes(&attributes, kernel), "ask for a kernel's registers");
  record.static_shared_bytes = attributes.sharedSizeBytes;
  record.registers = attributes.numRegs;
  record.local_bytes = static_cast<int>(attributes.localSizeBytes);
  const int threads = static_cast<int>(launch.block.x * launch.block.y * launch.block.z);
  static const MultiprocessorLimits own = limits();
  record.occupancy = occupancy_of(threads, attributes.numRegs,
                                  attributes.sharedSizeBytes + launch.shared_bytes, own);
  int blocks = 0;
  check(
      cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, launch.shared_bytes),
      "ask for a kernel's occupancy");
  record.occupancy->blocks = blocks;
  record.occupancy->warps = blocks * ((threads + 31) / 32);
}

// Dense TFLOP/s of the units that do the products, as NVIDIA publishes them.
struct Peaks {
  const char* name;  // part of the device's name
  double tf32, bf16;
};
constexpr Peaks kPublished[] = {
    {"H100 PCIe", 378, 756}, {"H100 NVL", 418, 835}, {"GH200", 495, 989},
    {"H100", 495, 989},      {"H200", 495, 989},     {"A100", 156, 312},
    {"A30", 82, 165},        {"L40S", 183, 362},     {"L4", 60, 121},
};

// For a GPU that is not in the table: what the multiprocessors do a clock, by compute capability.
Peaks estimated_peaks() {
  const int major = attribute(cudaDevAttrComputeCapabilityMajor);
  const int minor = attribute(cudaDevAttrComputeCapabilityMinor);
  const double per_clock = major >= 9 ? 2048 : major == 8 && minor == 0 ? 1024 : 256;
  const double tera_clocks =
      1e-12 * 1e3 * attribute(cudaDevAttrClockRate) * attribute(cudaDevAttrMultiProcessorCount);
  return {"", per_clock * tera_clocks, 2 * per_clock * tera_clocks};
}

// Bytes a second of a copy that is far larger than the cache, read and written; the best of five.
double copy_bandwidth() {
  const std::int64_t bytes = 256 << 20;
  const Tensor from = Tensor::zeros({bytes}, DType::u8, Device::cuda);
  Tensor to({bytes}, DType::u8, Device::cuda);
  double best = 0;
  for (int i = 0; i < 5; ++i) {
    Interval interval;
    interval.begin.record();
    check(cudaMemcpyAsync(to.mutable_address(), from.address(), from.nbytes(),
                          cudaMemcpyDeviceToDevice, current_stream()),
          "copy on the GPU");
    interval.end.record();
    check(cudaStreamSynchronize(current_stream()), "finish a copy");
    best = std::max(best,
                    2.0 * static_cast<double>(bytes) / interval.end.seconds_since(interval.begin));
  }
  return best;
}

Ceilings find_ceilings() {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "ask the GPU");
  const std::string name = properties.name;
  const auto known =
      std::find_if(std::begin(kPublished), std::end(kPublished),
                   [&](const Peaks& peaks) { return name.find(peaks.name) != name.npos; });
  const bool published = known != std::end(kPublished);
  const Peaks peaks = published ? *known : estimated_peaks();
  // fp32 is three products of TF32.
  const double tera = precision() == Precision::bf16   ? peaks.bf16
                      : precision() == Precision::tf32 ? peaks.tf32
                                                       : peaks.tf32 / 3;
  return {
      tera * 1e12, copy_bandwidth(),
      str("Arithmetic: ",
          published ? "NVIDIA's published peak of dense tensor-core products"
                    : "multiprocessors x clock x products a clock",
          precision() == Precision::fp32 ? " in TF32, a third of it for three products each" : "",
          "; memory: a copy of 256 MiB, measured just now.")};
}

class CudaProfiler final : public DeviceProfiler, LaunchObserver {
 public:
  void start() override {
    intervals_.clear();
    keep_busy<<<1, 1, 0, current_stream()>>>(kHeadStart);
    check(cudaGetLastError(), "start a profile");
    launch_observer = this;
  }

  void stop(std::vector<LaunchRecord>& records) override {
    launch_observer = nullptr;
    check(cudaStreamSynchronize(current_stream()), "finish the work on the GPU");
    require(records.size() == intervals_.size(), "a profile lost launches: it has ", records.size(),
            " of ", intervals_.size());
    for (std::size_t i = 0; i < records.size(); ++i)
      records[i].seconds = intervals_[i]->end.seconds_since(intervals_[i]->begin);
    intervals_.clear();
  }

  void enter(const std::string& range) override { nvtxRangePushA(range.c_str()); }
  void leave() override { nvtxRangePop(); }
  std::optional<Ceilings> ceilings() override { return find_ceilings(); }

  void before(const Launch& launch, const void* kernel) override {
    LaunchRecord record = describe(launch);
    if (kernel) describe_kernel(launch, kernel, record);  // null: a call into a library
    add_record(std::move(record));
    nvtxRangePushA(launch.kernel);
    intervals_.push_back(std::make_unique<Interval>());
    intervals_.back()->begin.record();
  }
  void after(const Launch&) override {
    intervals_.back()->end.record();
    nvtxRangePop();
  }

 private:
  std::vector<std::unique_ptr<Interval>> intervals_;
};

}  // namespace

DeviceProfiler& profiler() {
  static CudaProfiler instance;
  return instance;
}

}  // namespace backlight::kernels::cuda
