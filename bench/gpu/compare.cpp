#include "bench/gpu/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/device.h"
#include "kernels/noise.h"
#include "kernels/vendor/vendor.h"

namespace backlight::bench {
namespace {

using kernels::Precision;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Relative L2 that two right results may be apart. Sums of a thousand products: float32 differs by
// 4e-7, TF32 by 3e-4 as each rounds factors its own way, bfloat16 where the library rounds its
// result, too (2e-3). A weight gradient is a sum of half a million, which costs float32 2e-5.
double tolerance(Precision precision) {
  switch (precision) {
    case Precision::fp32: return 1e-4;
    case Precision::tf32: return 2e-3;
    case Precision::bf16: return 1e-2;
  }
  fail("unknown precision ", static_cast<int>(precision));
}

// |a - b| / |b| in L2 norms, over the first and the last rows: a batch is large.
double distance(const Tensor& a, const Tensor& b) {
  constexpr std::int64_t kRows = 2;
  double difference = 0, size = 0;
  const std::int64_t rows = std::min(kRows, b.dim(0));
  for (const std::int64_t first : {std::int64_t{0}, b.dim(0) - rows}) {
    const Tensor u = a.rows(first, rows).to(Device::cpu), v = b.rows(first, rows).to(Device::cpu);
    const float *pu = u.data<float>(), *pv = v.data<float>();
    for (std::int64_t i = 0; i < v.numel(); ++i) {
      const double d = static_cast<double>(pu[i]) - pv[i];
      difference += d * d;
      size += static_cast<double>(pv[i]) * pv[i];
    }
  }
  return std::sqrt(difference / size);
}

// With our kernels or the library's, which are ours again afterwards.
template <typename F>
auto with_vendor(bool vendor, F&& f) {
  struct Ours {
    ~Ours() { kernels::use_vendor_kernels(false); }
  } restore;
  kernels::use_vendor_kernels(vendor);
  return f();
}

double time_of(const Case& one, bool vendor) {
  return with_vendor(vendor, [&] {
    return median_milliseconds([&](std::int64_t round) { (void)one.work(round); });
  });
}

// What was measured of a case; NaN for what was not.
struct Measured {
  double ours = kNone, vendor = kNone, library = kNone, difference = kNone;
  std::string problem;
};

Measured measure(const Case& one) {
  Measured m;
  try {
    const Tensor ours = with_vendor(false, [&] { return one.work(0); });
    if (kernels::why_vendor_unavailable().empty()) {
      const Tensor theirs = with_vendor(true, [&] { return one.work(0); });
      m.difference = distance(ours, theirs);
      if (!(m.difference <= tolerance(one.precision))) m.problem = "the two differ";
      m.vendor = time_of(one, true);
      if (one.library)
        if (const LibraryCall call = one.library()) m.library = median_milliseconds(call);
    }
    m.ours = time_of(one, false);
  } catch (const Error& error) {
    m.problem = error.what();
  }
  return m;
}

}  // namespace

Table comparison_table(const std::string& name) {
  return {name,
          {"layer", "shape", "op", "precision", "ours ms", "vendor ms", "library alone ms",
           "% of the library's speed", "TFLOP/s", "GB/s", "% of ceiling", "difference", "remark"},
          {}};
}

bool compare(const Case& one, const Ceilings& ceilings, Table& table) {
  kernels::set_precision(one.precision);
  const Measured m = measure(one);
  const double fastest = std::fmin(m.vendor, m.library);  // fmin passes over NaN
  table.add({one.layer, one.shape, one.op,
             kernels::precision_names()[static_cast<std::size_t>(one.precision)], m.ours, m.vendor,
             m.library, 100 * fastest / m.ours, one.flop / m.ours * 1e-9, one.bytes / m.ours * 1e-6,
             ceilings.percent(one.precision, one.flop, one.bytes, m.ours), m.difference,
             m.problem});
  return m.problem.empty();
}

Tensor normal(const Shape& shape, double scale, std::uint64_t seed) {
  const Tensor zero = Tensor::zeros(shape.with(0, 1), DType::f32, Device::cuda);
  return kernels::add_noise(zero, scale, seed, 0, shape[0]);
}

}  // namespace backlight::bench
