#include "kernels/cpu/onednn.h"

#include <map>
#include <mutex>

#include "kernels/parallel.h"

namespace backlight::kernels::onednn {

std::string Problem::key() const {
  return str(height, "x", width, "x", channels_in, "->", channels_out, " k", kernel_h, "x",
             kernel_w, " s", stride, " p", before, ",", after, bias ? " bias" : "",
             relu ? " relu" : "");
}

}  // namespace backlight::kernels::onednn

#ifndef BACKLIGHT_HAS_ONEDNN

namespace backlight::kernels::onednn {

std::shared_ptr<const Convolution> find_convolution(const Problem&, WeightUse) { return nullptr; }
bool available() { return false; }
void sgemm(bool, std::int64_t, std::int64_t, std::int64_t, const float*, std::int64_t, const float*,
           std::int64_t, float*, std::int64_t) {
  fail("this program was built without oneDNN");
}

}  // namespace backlight::kernels::onednn

#else

#include <algorithm>
#include <optional>
#include <vector>

#include "kernels/cpu/onednn_engine.h"

namespace backlight::kernels::onednn {
namespace {

using dnnl::memory;
using Format = memory::format_tag;

// oneDNN plans for the threads it sees when a primitive is made, and the plan decides roundings.
// Every primitive is made for this many, whatever --threads says, and run by one thread an image;
// 8 makes its Winograd work in blocks that fit a core's second-level cache.
constexpr int kPlannedThreads = 8;

// While it lives, oneDNN's own parallel regions stay on the calling thread.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_active_levels()) { omp_set_max_active_levels(0); }
  ~OneThread() { omp_set_max_active_levels(before_); }

 private:
  int before_;
};

// The memory formats of one way to do a convolution.
struct Formats {
  dnnl::algorithm algorithm;
  Format input, output;
};

bool in_16s(std::int64_t channels) { return channels % 16 == 0; }

// The ways worth trying, best first. Winograd pays from 64 channels on; below, direct kernels on
// channels-last data are as fast and need no other format. Measured on Zen 4, see bench/RESULTS.md.
std::vector<Formats> candidates(const Problem& p) {
  constexpr auto kWinograd = dnnl::algorithm::convolution_winograd;
  constexpr auto kDirect = dnnl::algorithm::convolution_direct;
  const bool avx512 = dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core;
  const bool three = p.kernel_h == 3 && p.kernel_w == 3 && p.stride == 1;
  const bool wide_in = p.channels_in >= 64 && in_16s(p.channels_in);
  const bool wide_out = p.channels_out >= 64 && in_16s(p.channels_out);
  std::vector<Formats> ways;
  if (avx512 && three && wide_in && wide_out)
    ways.push_back({kWinograd, Format::nChw16c, Format::nChw16c});
  if (avx512 && wide_out && p.channels_in <= 4)
    ways.push_back({kDirect, Format::nchw, Format::nChw16c});
  if (avx512 && three && wide_in && p.channels_out < 16)
    ways.push_back({kWinograd, Format::nChw16c, Format::nChw16c});
  ways.push_back({kDirect, Format::nhwc, Format::nhwc});
  ways.push_back({dnnl::algorithm::convolution_auto, Format::nchw, Format::nchw});
  return ways;
}

// [O,KH,KW,I] as [O,I,KH,KW], which the library's reorders know best; or turned: [I,O,KH,KW] with
// both window axes reversed.
std::vector<float> arranged(const Tensor& weight, WeightUse use) {
  const std::int64_t out = weight.dim(0), taps = weight.dim(1) * weight.dim(2);
  const std::int64_t in = weight.dim(3);
  const float* w = weight.data<float>();
  std::vector<float> result(static_cast<std::size_t>(weight.numel()));
  for (std::int64_t o = 0; o < out; ++o)
    for (std::int64_t tap = 0; tap < taps; ++tap)
      for (std::int64_t i = 0; i < in; ++i) {
        const std::int64_t to = use == WeightUse::as_is ? (o * in + i) * taps + tap
                                                        : (i * out + o) * taps + taps - 1 - tap;
        result[static_cast<std::size_t>(to)] = w[(o * taps + tap) * in + i];
      }
  return result;
}

struct PackedWeights {
  Tensor storage;
};

class DnnlConvolution final : public Convolution {
 public:
  DnnlConvolution(const Problem& p, WeightUse use, const Formats& formats,
                  const dnnl::convolution_forward::primitive_desc& description)
      : problem_(p),
        use_(use),
        formats_(formats),
        description_(description),
        primitive_(description) {}

  std::string implementation() const override { return description_.impl_info_str(); }

  Layout input_layout() const override {
    return formats_.input == Format::nChw16c ? Layout::channels_in_16s : Layout::row_major;
  }

  Layout output_layout() const override {
    const bool whole_blocks = in_16s(problem_.channels_out);
    return formats_.output == Format::nChw16c && whole_blocks ? Layout::channels_in_16s
                                                              : Layout::row_major;
  }

  Tensor run(const Tensor& x, const Tensor& weight, const Tensor& bias) const override {
    Tensor y = outputs(x.dim(0));
    float* const out = y.mutable_data<float>();
    const std::int64_t size = x.dim(0) ? y.numel() / x.dim(0) : 0;
    for_each_image(x, weight, [&](std::int64_t n, const float* in, const PackedWeights& packed) {
      run_image(in, out + n * size, packed, bias);
    });
    return y;
  }

  void run_each(const Tensor& x, const Tensor& weight, const Tensor& bias,
                const VisitImage& visit) const override {
    for_each_image(x, weight, [&](std::int64_t n, const float* in, const PackedWeights& packed) {
      Tensor y = outputs(1);
      run_image(in, y.mutable_data<float>(), packed, bias);
      visit(n, y);
    });
  }

 private:
  Tensor outputs(std::int64_t count) const {
    return Tensor({count, problem_.output_height(), problem_.output_width(), problem_.channels_out},
                  DType::f32, Device::cpu, output_layout());
  }

  // Calls f(n, image n of x, packed weights), an image a thread.
  template <typename F>
  void for_each_image(const Tensor& x, const Tensor& weight, F&& f) const {
    const std::shared_ptr<const PackedWeights> packed = packed_weights(weight);
    const std::int64_t count = x.dim(0), size = count ? x.numel() / count : 0;
    const float* in = x.data<float>();
    const auto image = [&](std::int64_t n) { f(n, in + n * size, *packed); };
    if (count > 1 && thread_count() > 1) return parallel_for(count, image);
    std::optional<OneThread> one_thread;
    if (thread_count() < kPlannedThreads) one_thread.emplace();
    for (std::int64_t n = 0; n < count; ++n) image(n);
  }

  std::shared_ptr<const PackedWeights> packed_weights(const Tensor& weight) const {
    // Convolutions of other sizes that want them packed alike share them.
    const dnnl_memory_desc_t format = description_.weights_desc().data;
    const std::string key = str(use_ == WeightUse::turned ? "turned @" : "@",
                                weight.bytes() - weight.storage().data(), ": ") +
                            std::string(reinterpret_cast<const char*>(&format), sizeof format);
    return weight.storage().attachment<PackedWeights>(key, [&] {
      std::vector<float> plain = arranged(weight, use_);
      const memory::dims shape{problem_.channels_out, problem_.channels_in, problem_.kernel_h,
                               problem_.kernel_w};
      memory from({shape, memory::data_type::f32, Format::oihw}, engine(), plain.data());
      const auto packed_description = description_.weights_desc();
      auto packed = std::make_shared<PackedWeights>();
      packed->storage =
          Tensor({static_cast<std::int64_t>(packed_description.get_size())}, DType::u8);
      memory to(packed_description, engine(), packed->storage.mutable_bytes());
      dnnl::stream stream(engine());
      dnnl::reorder(from, to).execute(stream, from, to);
      stream.wait();
      return packed;
    });
  }

  void run_image(const float* in, float* out, const PackedWeights& packed,
                 const Tensor& bias) const {
    Tensor input_copy, output_copy;
    if (formats_.input == Format::nchw) in = to_planes(in, input_copy);
    float* target = out;
    const bool copy_output =
        output_layout() == Layout::row_major && formats_.output != Format::nhwc;
    if (copy_output) {
      const std::size_t bytes = description_.dst_desc().get_size();
      output_copy = Tensor({static_cast<std::int64_t>(bytes / sizeof(float))});
      target = output_copy.mutable_data<float>();
    }
    memory source(description_.src_desc(), engine(), const_cast<float*>(in));
    memory weights(description_.weights_desc(), engine(),
                   const_cast<std::byte*>(packed.storage.bytes()));
    memory destination(description_.dst_desc(), engine(), target);
    memory scratchpad(description_.scratchpad_desc(), engine(),
                      scratch(description_.scratchpad_desc().get_size()));
    std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, source},
                                              {DNNL_ARG_WEIGHTS, weights},
                                              {DNNL_ARG_DST, destination},
                                              {DNNL_ARG_SCRATCHPAD, scratchpad}};
    if (problem_.bias)
      arguments.emplace(DNNL_ARG_BIAS, memory(description_.bias_desc(), engine(),
                                              const_cast<float*>(bias.data<float>())));
    dnnl::stream stream(engine());
    primitive_.execute(stream, arguments);
    stream.wait();
    if (copy_output) from_library_format(target, out);
  }

  // [H,W,C] to [C,H,W], in `copy`.
  const float* to_planes(const float* in, Tensor& copy) const {
    const std::int64_t pixels = problem_.height * problem_.width, channels = problem_.channels_in;
    copy = Tensor({channels, pixels});
    float* planes = copy.mutable_data<float>();
    for (std::int64_t p = 0; p < pixels; ++p)
      for (std::int64_t c = 0; c < channels; ++c) planes[c * pixels + p] = in[p * channels + c];
    return planes;
  }

  // [C,H,W], or blocks of 16 channels with the last one padded, to [H,W,C].
  void from_library_format(const float* from, float* to) const {
    const std::int64_t pixels = problem_.output_height() * problem_.output_width();
    const std::int64_t channels = problem_.channels_out;
    const std::int64_t block = formats_.output == Format::nchw ? 1 : 16;
    for (std::int64_t p = 0; p < pixels; ++p)
      for (std::int64_t c = 0; c < channels; ++c)
        to[p * channels + c] = from[(c / block * pixels + p) * block + c % block];
  }

  Problem problem_;
  WeightUse use_;
  Formats formats_;
  dnnl::convolution_forward::primitive_desc description_;
  dnnl::convolution_forward primitive_;
};

// Of the two Winograds 4x3 does fewer multiplications, but its transformed weights are more than
// twice as large, which pays from about 12 x 12 pixels on. Where a core has a second-level cache of
// more than 1 MiB the library puts 2x3 first for large pictures too, which takes up to twice as
// long.
constexpr std::int64_t kSmallestFor4x3 = 12;

void prefer_winograd_4x3(const dnnl::convolution_forward::desc& operation,
                         const dnnl::primitive_attr& attributes,
                         dnnl::convolution_forward::primitive_desc& description) {
  const auto is_4x3 = [](const auto& candidate) {
    return std::string(candidate.impl_info_str()).starts_with("jit_wino_4x3");
  };
  dnnl::convolution_forward::primitive_desc candidate(operation, attributes, engine());
  while (!is_4x3(candidate))
    if (!candidate.next_impl()) return;
  description = candidate;
}

std::optional<dnnl::convolution_forward::primitive_desc> describe(const Problem& p,
                                                                  const Formats& formats) {
  constexpr auto kFloat = memory::data_type::f32;
  const memory::desc source({1, p.channels_in, p.height, p.width}, kFloat, formats.input);
  const memory::desc weights({p.channels_out, p.channels_in, p.kernel_h, p.kernel_w}, kFloat,
                             Format::any);
  const memory::desc target({1, p.channels_out, p.output_height(), p.output_width()}, kFloat,
                            formats.output);
  const memory::desc bias =
      p.bias ? memory::desc({p.channels_out}, kFloat, Format::x) : memory::desc();
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (p.relu) {
    dnnl::post_ops relu;
    relu.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    attributes.set_post_ops(relu);
  }
  try {
    const dnnl::convolution_forward::desc operation(
        dnnl::prop_kind::forward_inference, formats.algorithm, source, weights, bias, target,
        {p.stride, p.stride}, {p.before, p.before}, {p.after, p.after});
    dnnl::convolution_forward::primitive_desc description(operation, attributes, engine());
    if (formats.algorithm == dnnl::algorithm::convolution_winograd &&
        std::min(p.output_height(), p.output_width()) >= kSmallestFor4x3)
      prefer_winograd_4x3(operation, attributes, description);
    // A pair of formats that no fast kernel knows falls silently to the reference.
    if (std::string(description.impl_info_str()).starts_with("ref")) return std::nullopt;
    return description;
  } catch (const dnnl::error&) {
    return std::nullopt;
  }
}

std::shared_ptr<const Convolution> make_convolution(const Problem& problem, WeightUse use) {
  const PlannedThreads planned(kPlannedThreads);
  for (const Formats& formats : candidates(problem))
    if (const auto description = describe(problem, formats))
      return std::make_shared<DnnlConvolution>(problem, use, formats, *description);
  return nullptr;
}

}  // namespace

std::shared_ptr<const Convolution> find_convolution(const Problem& problem, WeightUse use) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Convolution> > cache;
  const std::lock_guard lock(mutex);
  const std::string key = problem.key() + (use == WeightUse::turned ? " turned" : "");
  const auto found = cache.find(key);
  if (found != cache.end()) return found->second;
  return cache[key] = make_convolution(problem, use);
}

bool available() { return true; }

void sgemm(bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
           std::int64_t lda, const float* b, std::int64_t ldb, float* c, std::int64_t ldc) {
  const auto status =
      dnnl_sgemm('N', transpose_b ? 'T' : 'N', m, n, k, 1.0f, a, lda, b, ldb, 0.0f, c, ldc);
  require(status == dnnl_success, "oneDNN refused a matrix product of ", m, " x ", k, " x ", n);
}

}  // namespace backlight::kernels::onednn

#endif
