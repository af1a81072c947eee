#include "kernels/cpu/onednn.h"
#include "kernels/parallel.h"

#ifndef BACKLIGHT_HAS_ONEDNN

namespace backlight::kernels::onednn {

Tensor weight_gradient(const Tensor&, const Tensor&, const Shape&, Conv2dGeometry) { return {}; }

}  // namespace backlight::kernels::onednn

#else

#include <algorithm>
#include <vector>

#include "kernels/cpu/onednn_engine.h"

namespace backlight::kernels::onednn {

using dnnl::memory;
using Format = memory::format_tag;

namespace {

// Weight gradients are summed over this many groups of images, each by one thread: the groups, and
// so the roundings, are the same on any number of threads.
constexpr std::int64_t kGradientGroups = 8;

using WeightGradientDescription = dnnl::convolution_backward_weights::primitive_desc;

// The weight gradient of this many images by one thread, in the format `weights`.
WeightGradientDescription describe_weight_gradient(std::int64_t images, const Shape& x,
                                                   const Shape& g, const memory::desc& weights,
                                                   Conv2dGeometry at) {
  constexpr auto kFloat = memory::data_type::f32;
  constexpr auto kDirect = dnnl::algorithm::convolution_direct;
  const memory::dims shape = weights.dims();
  const memory::desc source({images, x[3], x[1], x[2]}, kFloat, Format::nhwc);
  const memory::desc target({images, g[3], g[1], g[2]}, kFloat, Format::nhwc);
  const memory::dims strides{at.stride, at.stride}, before{at.padding, at.padding};
  const memory::dims after{(g[1] - 1) * at.stride + shape[2] - at.padding - x[1],
                           (g[2] - 1) * at.stride + shape[3] - at.padding - x[2]};
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const PlannedThreads planned(1);
  const dnnl::convolution_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, kDirect, source, weights, target, strides, before, after},
      attributes, engine());
  return {
      {kDirect, source, weights, target, strides, before, after}, attributes, engine(), forward};
}

void run_weight_gradient(const WeightGradientDescription& description, const float* x,
                         const float* g, float* sum) {
  const memory::desc scratch_description = description.scratchpad_desc();
  memory source(description.src_desc(), engine(), const_cast<float*>(x));
  memory cotangent(description.diff_dst_desc(), engine(), const_cast<float*>(g));
  memory weights(description.diff_weights_desc(), engine(), sum);
  memory scratchpad(scratch_description, engine(), scratch(scratch_description.get_size()));
  dnnl::stream stream(engine());
  dnnl::convolution_backward_weights(description)
      .execute(stream, {{DNNL_ARG_SRC, source},
                        {DNNL_ARG_DIFF_DST, cotangent},
                        {DNNL_ARG_DIFF_WEIGHTS, weights},
                        {DNNL_ARG_SCRATCHPAD, scratchpad}});
  stream.wait();
}

// Adds all rows of a [groups, size] tensor to its first, in order.
void add_groups(Tensor& sums) {
  const std::int64_t groups = sums.dim(0), size = sums.dim(1);
  float* const first = sums.mutable_data<float>();
  parallel_ranges(size, 1 << 14, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t group = 1; group < groups; ++group)
      for (std::int64_t i = from; i < to; ++i) first[i] += first[group * size + i];
  });
}

// Weights in a format of the library's as [O,KH,KW,I].
Tensor unpacked(const memory::desc& packed, float* data, const Shape& shape) {
  std::vector<float> oihw(static_cast<std::size_t>(shape.numel()));
  memory from(packed, engine(), data);
  memory to({packed.dims(), memory::data_type::f32, Format::oihw}, engine(), oihw.data());
  dnnl::stream stream(engine());
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
  Tensor result(shape);
  float* out = result.mutable_data<float>();
  const std::int64_t taps = shape[1] * shape[2], in = shape[3];
  for (std::int64_t o = 0; o < shape[0]; ++o)
    for (std::int64_t i = 0; i < in; ++i)
      for (std::int64_t tap = 0; tap < taps; ++tap)
        out[(o * taps + tap) * in + i] = oihw[static_cast<std::size_t>((o * in + i) * taps + tap)];
  return result;
}

}  // namespace

Tensor weight_gradient(const Tensor& x, const Tensor& g, const Shape& weight_shape,
                       Conv2dGeometry geometry) {
  const std::int64_t images = x.dim(0);
  if (images == 0) return Tensor::zeros(weight_shape);
  const Tensor input = x.dense(), cotangent = g.dense();
  const std::int64_t share = (images + kGradientGroups - 1) / kGradientGroups;
  const std::int64_t groups = (images + share - 1) / share, last = images - (groups - 1) * share;
  const memory::desc any({weight_shape[0], weight_shape[3], weight_shape[1], weight_shape[2]},
                         memory::data_type::f32, Format::any);
  try {
    const auto whole = describe_weight_gradient(share, x.shape(), g.shape(), any, geometry);
    const memory::desc packed = whole.diff_weights_desc();
    const auto rest = describe_weight_gradient(last, x.shape(), g.shape(), packed, geometry);
    for (const auto* description : {&whole, &rest})
      if (std::string(description->impl_info_str()).starts_with("ref")) return {};
    Tensor sums({groups, static_cast<std::int64_t>(packed.get_size() / sizeof(float))});
    float* const first = sums.mutable_data<float>();
    const float *px = input.data<float>(), *pg = cotangent.data<float>();
    parallel_for(groups, [&](std::int64_t group) {
      run_weight_gradient(group + 1 < groups ? whole : rest,
                          px + group * share * (x.numel() / images),
                          pg + group * share * (g.numel() / images), first + group * sums.dim(1));
    });
    add_groups(sums);
    return unpacked(packed, first, weight_shape);
  } catch (const dnnl::error&) {
    return {};
  }
}

}  // namespace backlight::kernels::onednn

#endif
