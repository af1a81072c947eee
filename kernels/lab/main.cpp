// backlight_ladder climbs the ladder: every rung is checked against float64, then timed on a GPU or
// counted in the simulator.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "kernels/device.h"
#include "kernels/lab/report.h"

namespace backlight::kernels::lab {
namespace {

constexpr const char* kHelp =
    "backlight_ladder [--device cuda|sim] [--family gemm|conv2d|softmax] [--size N] [--json FILE]\n"
    "\n"
    "Climbs from the naive kernel to the shipped one. Every rung is checked against float64 "
    "first.\n"
    "On cuda it is then timed, on sim what it does is counted.\n"
    "\n"
    "  --device   cuda where there is a GPU, else sim\n"
    "  --family   all three\n"
    "  --size     gemm: M = N = K; conv2d: height and width; softmax: rows\n"
    "  --json     also writes what was found to a file\n";

struct Options {
  std::string device, family, json;
  int size = 0;  // 0: one that suits the device
};

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const std::string& name = arguments[i];
    require(i + 1 < arguments.size(), name, " wants a value; see --help");
    const std::string& value = arguments[i + 1];
    if (name == "--device") {
      require(value == "cuda" || value == "sim", "--device is cuda or sim, not ", value);
      options.device = value;
    } else if (name == "--family") {
      require(value == "gemm" || value == "conv2d" || value == "softmax",
              "--family is gemm, conv2d or softmax, not ", value);
      options.family = value;
    } else if (name == "--size") {
      char* end = nullptr;
      const long size = std::strtol(value.c_str(), &end, 10);
      require(*end == 0 && size >= 1 && size <= 16384, "--size is a number from 1 to 16384, not ",
              value);
      options.size = static_cast<int>(size);
    } else if (name == "--json") {
      options.json = value;
    } else {
      fail("there is no option ", name, "; see --help");
    }
  }
  return options;
}

Device device_of(const Options& options) {
  if (options.device == "sim") return Device::sim;
  const std::string problem = why_unavailable(Device::cuda);
  if (options.device == "cuda") require(problem.empty(), "the device cuda ", problem);
  if (problem.empty()) return Device::cuda;
  std::printf(
      "The device cuda %s.\nThe simulator runs the same kernels: it counts what they do, "
      "and says nothing of time.\n",
      problem.c_str());
  return Device::sim;
}

Climb climb_of(const std::string& family, Device device, int size) {
  const bool is_gpu = device == Device::cuda;
  if (family == "gemm") {
    const int extent = size ? size : is_gpu ? 4096 : 256;
    return climb_gemm(device, extent, extent, extent);
  }
  if (family == "conv2d") {
    const int extent = size ? size : is_gpu ? 64 : 16;
    return is_gpu ? climb_conv2d(device, 32, extent, extent, 128, 128)
                  : climb_conv2d(device, 1, extent, extent, 32, 128);
  }
  return climb_softmax(device, size ? size : is_gpu ? 65536 : 64, 1024);
}

// 1 if a rung gave a wrong result or none.
int run(const std::vector<std::string>& arguments) {
  const Options options = parse(arguments);
  const Device device = device_of(options);
  open_device(device);
  Report report(device);
  for (const std::string family : {"gemm", "conv2d", "softmax"})
    if (options.family.empty() || options.family == family)
      report.climb(climb_of(family, device, options.size));
  if (!options.json.empty()) report.write_json(options.json);
  return report.all_right() ? 0 : 1;
}

}  // namespace
}  // namespace backlight::kernels::lab

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) {
    std::fputs(backlight::kernels::lab::kHelp, stdout);
    return 0;
  }
  try {
    return backlight::kernels::lab::run(arguments);
  } catch (const backlight::Error& error) {
    std::fprintf(stderr, "backlight_ladder: %s\n", error.what());
    return 1;
  }
}
