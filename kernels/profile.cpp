#include "kernels/profile.h"

#include <mutex>
#include <utility>

#include "kernels/backend.h"
#include "kernels/cpu/profiler.h"

namespace backlight::kernels {
namespace {

thread_local std::string current_layer;
thread_local Pass current_pass = Pass::other;

std::mutex records_mutex;
std::vector<LaunchRecord>& records() {
  static std::vector<LaunchRecord> all;
  return all;
}

DeviceProfiler* open_profiler = nullptr;

DeviceProfiler& profiler_of(Device device) {
  const GpuDevice* const gpu = gpu_of(device);
  return gpu ? gpu->profiler() : cpu_profiler();
}

}  // namespace

const char* name_of(Pass pass) {
  switch (pass) {
    case Pass::other: return "other";
    case Pass::forward: return "forward";
    case Pass::backward: return "backward";
  }
  return "other";
}

std::optional<Ceilings> ceilings_of(Device device) { return profiler_of(device).ceilings(); }

Profile::Profile(Device device) : device_(device) {
  require(is_registered(device), "the device ", name_of(device), " was not opened");
  require(!profiling(), "a profile is open already; finish it first");
  records().clear();
  open_profiler = &profiler_of(device);
  open_profiler->start();
  profile_is_open = true;
}

Profile::~Profile() {
  if (!open_) return;
  try {
    finish();
  } catch (const Error&) {
    // The work itself has failed, and its error is on the way.
  }
}

std::vector<LaunchRecord> Profile::finish() {
  require(open_, "the profile of ", name_of(device_), " is finished already");
  open_ = false;
  profile_is_open = false;
  DeviceProfiler* const profiler = std::exchange(open_profiler, nullptr);
  const std::lock_guard lock(records_mutex);
  std::vector<LaunchRecord> taken = std::move(records());
  records().clear();
  profiler->stop(taken);
  return taken;
}

void ProfileScope::enter(const std::string& layer, Pass pass) {
  entered_ = true;
  outer_layer_ = std::exchange(current_layer, layer);
  outer_pass_ = std::exchange(current_pass, pass);
  if (open_profiler)
    open_profiler->enter(str(layer.empty() ? "no layer" : layer, " ", name_of(pass)));
}

void ProfileScope::leave() {
  current_layer = std::move(outer_layer_);
  current_pass = outer_pass_;
  if (open_profiler) open_profiler->leave();
}

void add_record(LaunchRecord record) {
  record.layer = current_layer;
  record.pass = current_pass;
  const std::lock_guard lock(records_mutex);
  records().push_back(std::move(record));
}

}  // namespace backlight::kernels
