#include "kernels/sim/recording.h"

#include <cstring>
#include <new>

namespace backlight::sim {
namespace {
thread_local LaunchRecording* recording_in_force = nullptr;
constexpr std::align_val_t kAlignment{64};  // that of a tensor map among the arguments
}  // namespace

// A launch with copies of what its request points at.
struct LaunchRecording::Kept {
  explicit Kept(const LaunchRequest& from)
      : kernel(from.kernel),
        shapes(from.shapes ? *from.shapes : ""),
        arguments(::operator new(from.argument_bytes, kAlignment)),
        request(from) {
    std::memcpy(arguments, from.arguments, from.argument_bytes);
    request.kernel = kernel.c_str();
    request.shapes = &shapes;
    request.arguments = arguments;
  }
  ~Kept() { ::operator delete(arguments, kAlignment); }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  std::string kernel, shapes;
  void* arguments;
  LaunchRequest request;
};

LaunchRecording::LaunchRecording() = default;
LaunchRecording::~LaunchRecording() = default;

LaunchRecording::Scope::Scope(LaunchRecording& recording) {
  require(!recording_in_force, "launches are being recorded already");
  recording_in_force = &recording;
}
LaunchRecording::Scope::~Scope() { recording_in_force = nullptr; }

bool LaunchRecording::active() { return recording_in_force != nullptr; }

void LaunchRecording::replay() const {
  for (const auto& kept : launches_) run_launch(kept->request);
}

bool keep_launch(const LaunchRequest& request) {
  if (!recording_in_force) return false;
  recording_in_force->launches_.push_back(std::make_unique<LaunchRecording::Kept>(request));
  return true;
}

}  // namespace backlight::sim
