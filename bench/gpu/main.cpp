// backlight_gpu_bench: what this GPU can do, what our kernels and NVIDIA's libraries do of it, and
// SmoothGrad of the full food CNN from end to end. Prints Markdown for bench/RESULTS.md.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/gpu/ceilings.h"
#include "bench/gpu/compare.h"
#include "bench/gpu/kernels_bench.h"
#include "bench/gpu/smoothgrad_bench.h"
#include "kernels/device.h"
#include "kernels/vendor/vendor.h"

namespace backlight::bench {
namespace {

constexpr const char* kUsage = R"(backlight_gpu_bench [OPTION...]

  --only PART        ceilings, smoothgrad, conv or gemm; may be given several times
  --precision NAME   fp32, tf32 or bf16; may be given several times; all without it
  --batch N          images of a convolution's or classifier's batch (32)
  --photos N         photos that SmoothGrad explains (10)
  --samples N        noisy copies of each (500)
  --json FILE        also write everything there
)";

struct Options {
  std::vector<std::string> parts{}, precisions{};
  std::int64_t batch = 32;
  SmoothGradWork work{};
  std::string json{};
  bool help = false;

  bool wants(const std::string& part) const {
    return parts.empty() || std::find(parts.begin(), parts.end(), part) != parts.end();
  }
};

std::string chosen(const std::string& option, const std::string& value,
                   const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) {
    if (name == value) return value;
    all += (all.empty() ? "" : ", ") + name;
  }
  fail(option, " is one of ", all, ", not '", value, "'");
}

std::int64_t positive(const std::string& option, const std::string& value) {
  char* end = nullptr;
  const long long number = std::strtoll(value.c_str(), &end, 10);
  require(!value.empty() && *end == '\0' && number >= 1 && number <= 1'000'000, option,
          " is a number from 1 to 1000000, not '", value, "'");
  return number;
}

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& option = arguments[i];
    if (option == "--help") {
      options.help = true;
      return options;
    }
    require(i + 1 < arguments.size(), "'", option, "' needs a value, or is no option; see --help");
    const std::string& value = arguments[++i];
    if (option == "--only")
      options.parts.push_back(chosen(option, value, {"ceilings", "smoothgrad", "conv", "gemm"}));
    else if (option == "--precision")
      options.precisions.push_back(chosen(option, value, kernels::precision_names()));
    else if (option == "--batch")
      options.batch = positive(option, value);
    else if (option == "--photos")
      options.work.photos = positive(option, value);
    else if (option == "--samples")
      options.work.samples = positive(option, value);
    else if (option == "--json")
      options.json = value;
    else
      fail("there is no option '", option, "'; see --help");
  }
  if (options.precisions.empty()) options.precisions = kernels::precision_names();
  return options;
}

std::vector<kernels::Precision> precisions_of(const Options& options) {
  const auto& names = kernels::precision_names();
  std::vector<kernels::Precision> precisions;
  for (const std::string& name : options.precisions)
    precisions.push_back(static_cast<kernels::Precision>(
        std::find(names.begin(), names.end(), name) - names.begin()));
  return precisions;
}

int run(const Options& options) {
  kernels::open_device(Device::cuda);
  const std::string missing = kernels::why_vendor_unavailable();
  const std::string gpu = kernels::description_of(Device::cuda);
  const std::string vendor =
      missing.empty() ? kernels::vendor_description() : "NVIDIA's libraries " + missing;
  std::printf("%s; %s; batch %lld\n", gpu.c_str(), vendor.c_str(),
              static_cast<long long>(options.batch));

  FoodCnn network(FoodCnnConfig::course());
  network.initialise(1);
  network.to(Device::cuda);
  const std::vector<kernels::Precision> precisions = precisions_of(options);
  bool all_right = true;
  // The ceilings are always needed: the other tables are percentages of them.
  const Ceilings ceilings = measure_ceilings();
  std::vector<Table> tables{table_of(ceilings)};
  if (options.wants("smoothgrad")) {
    std::printf("\nSmoothGrad, %lld photos, %lld samples\n",
                static_cast<long long>(options.work.photos),
                static_cast<long long>(options.work.samples));
    tables.push_back(smoothgrad_table());
    all_right &= time_smoothgrad(network, options.work, precisions, tables.back());
  }
  if (options.wants("conv")) {
    tables.push_back(comparison_table("conv"));
    all_right &= compare_convolutions(network, options.batch, precisions, ceilings, tables.back());
  }
  if (options.wants("gemm")) {
    tables.push_back(comparison_table("gemm"));
    all_right &= compare_gemms(network, options.batch, precisions, ceilings, tables.back());
  }
  if (!options.json.empty())
    write_json(options.json,
               {{"gpu", gpu},
                {"libraries", vendor},
                {"batch", str(options.batch)},
                {"photos", str(options.work.photos)},
                {"samples", str(options.work.samples)}},
               tables);
  return all_right ? 0 : 1;
}

}  // namespace
}  // namespace backlight::bench

int main(int argc, char** argv) {
  try {
    const auto options = backlight::bench::parse({argv + 1, argv + argc});
    if (options.help) {
      std::fputs(backlight::bench::kUsage, stdout);
      return 0;
    }
    return backlight::bench::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "backlight_gpu_bench: %s\n", error.what());
    return 1;
  }
}
