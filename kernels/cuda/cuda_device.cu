// The NVIDIA GPU: its memory, its one stream, what it is.
#include <mutex>

#include "kernels/cuda/backend.h"
#include "kernels/cuda/fill.h"
#include "kernels/cuda/machine.h"

namespace backlight::kernels::cuda {
namespace {

// Kernels use instructions that came with Ampere.
constexpr int kLeastMajor = 8;

void check(cudaError_t status, const char* what) {
  require(status == cudaSuccess, "CUDA could not ", what, ": ", cudaGetErrorString(status));
}

int attribute(cudaDeviceAttr which) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, 0), "ask the GPU");
  return value;
}

std::string find_problem() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaErrorInsufficientDriver)
    return str("finds no NVIDIA driver, or one too old for CUDA ", CUDART_VERSION / 1000, ".",
               CUDART_VERSION % 1000 / 10);
  if (status != cudaSuccess || count == 0)
    return str("finds no GPU: ",
               status == cudaSuccess ? "none is there" : cudaGetErrorString(status));
  const int major = attribute(cudaDevAttrComputeCapabilityMajor);
  const int minor = attribute(cudaDevAttrComputeCapabilityMinor);
  if (major < kLeastMajor)
    return str("needs a GPU of compute capability 8.0 or newer, and this one has ", major, ".",
               minor);
  return "";
}

class CudaMemory final : public DeviceMemory {
 public:
  std::byte* allocate(std::size_t bytes) override {
    void* block = nullptr;
    const cudaError_t status = cudaMalloc(&block, bytes);
    if (status == cudaErrorMemoryAllocation) {
      (void)cudaGetLastError();  // an empty memory is no fault of what comes after
      return nullptr;
    }
    check(status, "allocate memory");
    return static_cast<std::byte*>(block);
  }
  // cudaFree waits for the work that may still use the block.
  void release(std::byte* block) noexcept override { (void)cudaFree(block); }

  void copy_from_host(std::byte* to, const std::byte* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, current_stream()),
          "copy to the GPU");
    // The host's bytes may go away as soon as this returns.
    check(cudaStreamSynchronize(current_stream()), "copy to the GPU");
  }
  void copy_to_host(std::byte* to, const std::byte* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, current_stream()),
          "copy from the GPU");
    check(cudaStreamSynchronize(current_stream()), "finish the work on the GPU");
  }
  void copy_within(std::byte* to, const std::byte* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, current_stream()),
          "copy on the GPU");
  }
  void fill(std::byte* to, const std::byte* element, std::size_t size, std::size_t count) override {
    fill_elements(to, element, size, count);
  }
};

// A CUDA graph, ready to be started.
class CudaGraph final : public RecordedLaunches {
 public:
  explicit CudaGraph(cudaGraph_t graph) {
    check(cudaGraphInstantiate(&executable_, graph, 0), "prepare recorded launches");
  }
  ~CudaGraph() override { (void)cudaGraphExecDestroy(executable_); }
  void replay() override {
    check(cudaGraphLaunch(executable_, current_stream()), "start recorded launches");
  }

 private:
  cudaGraphExec_t executable_ = nullptr;
};

// What `work` put on the stream while it was captured. Ends the capture also when work throws.
cudaGraph_t capture(const std::function<void()>& work) {
  // Relaxed: the allocator may ask for memory meanwhile.
  check(cudaStreamBeginCapture(current_stream(), cudaStreamCaptureModeRelaxed), "record launches");
  cudaGraph_t graph = nullptr;
  try {
    work();
  } catch (...) {
    (void)cudaStreamEndCapture(current_stream(), &graph);
    if (graph) (void)cudaGraphDestroy(graph);
    (void)cudaGetLastError();
    throw;
  }
  check(cudaStreamEndCapture(current_stream(), &graph), "record launches");
  return graph;
}

class CudaDevice final : public GpuDevice {
 public:
  std::string why_unavailable() const override {
    static const std::string problem = find_problem();
    return problem;
  }
  std::string description() const override {
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, 0), "ask the GPU");
    return str(properties.name, ", ", properties.multiProcessorCount, " multiprocessors, ",
               properties.totalGlobalMem >> 30, " GiB");
  }
  std::int64_t free_memory() const override {
    std::size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total), "ask the GPU for its memory");
    return static_cast<std::int64_t>(free);
  }
  void synchronize() const override {
    check(cudaStreamSynchronize(current_stream()), "finish the work on the GPU");
  }
  std::unique_ptr<RecordedLaunches> record(const std::function<void()>& work) const override {
    const cudaGraph_t graph = capture(work);
    auto recorded = std::make_unique<CudaGraph>(graph);
    (void)cudaGraphDestroy(graph);
    return recorded;
  }
  DeviceMemory& memory() const override {
    static CudaMemory* const memory = new CudaMemory;  // outlives every tensor
    return *memory;
  }
  const Backend& backend() const override {
    static const GpuBackend backend;
    return backend;
  }
  DeviceProfiler& profiler() const override { return cuda::profiler(); }
};

}  // namespace

cudaStream_t current_stream() {
  static const cudaStream_t stream = [] {
    cudaStream_t made = nullptr;
    check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "make a stream");
    return made;
  }();
  return stream;
}

const Machine& this_machine() {
  static const Machine machine{.major = attribute(cudaDevAttrComputeCapabilityMajor),
                               .multiprocessors = attribute(cudaDevAttrMultiProcessorCount)};
  return machine;
}

const GpuDevice& device() {
  static const CudaDevice instance;
  return instance;
}

}  // namespace backlight::kernels::cuda
