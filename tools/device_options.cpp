#include "tools/device_options.h"

#include <algorithm>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <vector>

#include "kernels/device.h"
#include "kernels/generation.h"
#include "kernels/parallel.h"
#include "kernels/precision.h"
#include "kernels/vendor/vendor.h"

namespace backlight::tools {
namespace {

// The device of a name. Falls back from a missing GPU to the processor only where the user left
// the choice to the program, and says so where a GPU was built for.
Device choose_device(const std::string& name) {
  for (const Device device : {Device::cpu, Device::cuda, Device::sim})
    if (name == name_of(device)) return device;
  const std::string problem = kernels::why_unavailable(Device::cuda);
  if (problem.empty()) return Device::cuda;
  if (!problem.starts_with("was not built in"))
    std::fprintf(stderr, "backlight: computing on the processor: the device cuda %s\n",
                 problem.c_str());
  return Device::cpu;
}

void choose_precision(const std::string& name, Device device) {
  const std::vector<std::string>& names = kernels::precision_names();
  const auto found = std::find(names.begin(), names.end(), name);
  kernels::set_precision(static_cast<kernels::Precision>(found - names.begin()));
  require(device != Device::cpu || name == "fp32", "--precision ", name,
          " is for GPUs; the processor computes in fp32");
}

void choose_generation(const std::string& name, Device device) {
  const std::vector<std::string>& names = kernels::generation_names();
  const auto found = std::find(names.begin(), names.end(), name);
  require(device != Device::cpu || found == names.begin(), "--generation ", name,
          " is for GPUs; leave it out, or use --device cuda or sim");
  kernels::set_generation(static_cast<kernels::Generation>(found - names.begin()));
}

}  // namespace

void add_device_options(CLI::App& verb, DeviceOptions& options) {
  verb.add_option("--threads", options.threads, "Threads to use; all cores by default")
      ->check(CLI::Range(1, 1024));
  verb.add_option("--device", options.device,
                  "Where to compute: cpu, cuda (an NVIDIA GPU), sim (a GPU simulated on the "
                  "processor, slow, that checks the kernels), or auto: cuda where there is one")
      ->envname("BACKLIGHT_DEVICE")
      ->check(CLI::IsMember({"auto", "cpu", "cuda", "sim"}))
      ->capture_default_str();
  verb.add_option("--precision", options.precision,
                  "How exactly a GPU multiplies: fp32, tf32 or bf16")
      ->check(CLI::IsMember(kernels::precision_names()))
      ->capture_default_str();
  verb.add_option("--kernels", options.kernels,
                  "On an NVIDIA GPU: ours, written by hand, or vendor: NVIDIA's cuBLAS and cuDNN")
      ->check(CLI::IsMember({"ours", "vendor"}))
      ->capture_default_str();
  verb.add_option("--generation", options.generation,
                  "On a GPU: which of our kernels multiply. automatic: those written for it; "
                  "ampere: mma.sync and cp.async, on any; hopper: wgmma and TMA")
      ->check(CLI::IsMember(kernels::generation_names()))
      ->capture_default_str();
}

Device open_device(const DeviceOptions& options) {
  if (options.threads > 0) kernels::set_thread_count(options.threads);
  const Device device = choose_device(options.device);
  choose_precision(options.precision, device);
  choose_generation(options.generation, device);
  kernels::open_device(device);
  if (options.kernels == "vendor") {
    require(device == Device::cuda, "--kernels vendor is for NVIDIA's GPUs, not for ",
            name_of(device), "; leave it out, or use --device cuda");
    kernels::use_vendor_kernels(true);
  }
  return device;
}

}  // namespace backlight::tools
