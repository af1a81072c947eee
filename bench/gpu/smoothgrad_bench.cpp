#include "bench/gpu/smoothgrad_bench.h"

#include <chrono>
#include <cstdio>
#include <limits>

#include "kernels/device.h"
#include "kernels/vendor/vendor.h"
#include "tensor/random.h"
#include "xai/smoothgrad.h"

namespace backlight::bench {
namespace {

using kernels::Precision;

constexpr std::int64_t kTarget = 3;
constexpr std::uint64_t kPhotoSeed = 0;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Uniform noise in [0,1): what the photos show does not change the time.
Tensor noise_photos(const Shape& shape) {
  Tensor photos(shape);
  const Philox philox(kPhotoSeed, 0);
  float* values = photos.mutable_data<float>();
  for (std::int64_t i = 0; i < photos.numel(); ++i)
    values[i] = philox.uniform(static_cast<std::uint64_t>(i));
  return photos;
}

// FNV-1a, 64 bits: maps with equal bytes have equal digests.
std::uint64_t digest_of(const std::vector<Tensor>& maps) {
  std::uint64_t digest = 0xcbf29ce484222325;
  for (const Tensor& map : maps)
    for (std::size_t i = 0; i < map.nbytes(); ++i)
      digest = (digest ^ static_cast<std::uint64_t>(map.bytes()[i])) * 0x100000001b3;
  return digest;
}

std::string hex(std::uint64_t number) {
  char out[20];
  std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(number));
  return out;
}

std::vector<Tensor> explain(FoodCnn& network, const Tensor& photos, std::int64_t samples,
                            std::int64_t chunk) {
  const Model model = [&](const Var& x) { return network(x); };
  std::vector<Tensor> maps;
  for (std::int64_t n = 0; n < photos.dim(0); ++n)
    maps.push_back(smoothgrad(model, photos.rows(n, 1).to(Device::cuda), logit_of(kTarget),
                              {.samples = samples, .level = 0.15}, {.batch = chunk})
                       .values);
  return maps;
}

struct Run {
  double seconds = std::numeric_limits<double>::quiet_NaN();
  double mebibytes = std::numeric_limits<double>::quiet_NaN();
  std::string digest, problem;
};

Run run(FoodCnn& network, const Tensor& photos, std::int64_t samples, std::int64_t chunk) {
  Run result;
  try {
    release_cached_memory(Device::cuda);
    // A full chunk and the last, shorter one: afterwards everything is planned and packed.
    (void)explain(network, photos.rows(0, 1), chunk + samples % chunk, chunk);
    kernels::synchronize(Device::cuda);
    const double start = seconds();
    const std::vector<Tensor> maps = explain(network, photos, samples, chunk);
    result.seconds = seconds() - start;
    const MemoryUse use = memory_use(Device::cuda);
    result.mebibytes = static_cast<double>(use.live + use.cached) / (1 << 20);
    result.digest = hex(digest_of(maps));
    for (const Tensor& map : maps)
      if (!all_finite(map)) result.problem = "a map is not finite";
  } catch (const Error& error) {
    result.problem = error.what();
  }
  return result;
}

double flop_of_one_pass(FoodCnn& network) {
  double flop = 0;
  for (const LayerInfo& layer : network.describe()) flop += layer.flop;
  return 2 * flop;  // forward and the input's gradient
}

}  // namespace

Table smoothgrad_table() {
  return {"smoothgrad",
          {"kernels", "precision", "chunk", "seconds", "TFLOP/s", "MiB held", "digest", "remark"},
          {}};
}

bool time_smoothgrad(FoodCnn& network, const SmoothGradWork& work,
                     const std::vector<Precision>& precisions, Table& table) {
  const Tensor photos = noise_photos(network.input_shape(work.photos));
  const double flop = flop_of_one_pass(network) * static_cast<double>(work.photos * work.samples);
  bool all_right = true;
  for (const bool vendor : {false, true}) {
    if (vendor && !kernels::why_vendor_unavailable().empty()) continue;
    kernels::use_vendor_kernels(vendor);
    for (const Precision precision : precisions) {
      kernels::set_precision(precision);
      std::string digest;
      for (const std::int64_t chunk : work.chunks) {
        Run made = run(network, photos, work.samples, chunk);
        if (digest.empty()) digest = made.digest;
        if (made.problem.empty() && made.digest != digest)
          made.problem = "another map than with other chunks";
        all_right &= made.problem.empty();
        table.add({vendor ? "vendor" : "ours",
                   kernels::precision_names()[static_cast<std::size_t>(precision)], str(chunk),
                   made.seconds, flop / made.seconds * 1e-12, made.mebibytes, made.digest,
                   made.problem});
      }
    }
  }
  kernels::use_vendor_kernels(false);
  return all_right;
}

}  // namespace backlight::bench
