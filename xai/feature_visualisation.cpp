#include "xai/feature_visualisation.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "autograd/adam.h"
#include "kernels/softmax.h"
#include "tensor/random.h"
#include "xai/filter_activation.h"
#include "xai/fourier_picture.h"

namespace backlight {
namespace {

void check(const VisualisationOptions& options) {
  require(options.variant == Variant::paper || options.variant == Variant::notebook,
          "filters are visualised as the paper or the notebook does; use --variant paper");
  require(options.steps >= 1, "at least one step is needed, not ", options.steps);
  require(options.learning_rate > 0 && std::isfinite(options.learning_rate),
          "the learning rate must be above 0, not ", options.learning_rate);
  for (const double weight : {options.total_variation, options.l2})
    require(weight >= 0 && std::isfinite(weight), "the weight of a penalty must not be negative, ",
            "but is ", weight);
}

// sum |x[i+1,j] - x[i,j]| + |x[i,j+1] - x[i,j]|, rounded off at 0, where it would have no slope.
Var total_variation(const Var& x) {
  const std::int64_t height = x.dim(1), width = x.dim(2);
  const auto along = [&](const AffineMap& next, std::int64_t rows, std::int64_t columns) {
    const Var step =
        subtract(sample_affine(x, next, rows, columns), sample_affine(x, {}, rows, columns));
    constexpr double kRounding = 1e-3;
    return sum(power(affine(multiply(step, step), 1, kRounding * kRounding), 0.5));
  };
  return add(along({1, 0, 1, 0, 1, 0}, height - 1, width),
             along({1, 0, 0, 0, 1, 1}, height, width - 1));
}

// How Adam's numbers make a canvas.
class Paint {
 public:
  Paint(const PictureFormat& format, const VisualisationOptions& options)
      : format_(format),
        seed_(options.seed),
        windows_(format.shape[1], format.shape[2],
                 options.variant == Variant::paper ? options.spread : WindowSpread{},
                 options.seed) {
    if (options.variant == Variant::paper)
      waves_.emplace(windows_.canvas_height(), windows_.canvas_width(), format.dtype,
                     format.device);
  }

  const RandomWindows& windows() const { return windows_; }

  // The canvas [1,...] of numbers.
  Var canvas(const Var& numbers) const { return waves_ ? waves_->decode(numbers) : numbers; }

  // The numbers to start from, [1,...].
  Tensor start(const VisualisationGoal& goal) const {
    if (!goal.start.defined()) return waves_ ? batch_of_one(waves_->noise(seed_)) : white_noise();
    const Tensor around = windows_.canvas_around(goal.start.to(format_.device));
    return waves_ ? batch_of_one(waves_->encode(around)) : around;
  }

 private:
  static Tensor batch_of_one(const Tensor& numbers) {
    return numbers.reshape({1, numbers.dim(0), numbers.dim(1)});
  }

  Tensor white_noise() const {
    const Philox philox(seed_, 0);
    Tensor noise(format_.shape);
    for (std::int64_t i = 0; i < noise.numel(); ++i)
      noise.mutable_data<float>()[i] = philox.uniform(static_cast<std::uint64_t>(i));
    return noise.to(format_.dtype).to(format_.device);
  }

  PictureFormat format_;
  std::uint64_t seed_;
  RandomWindows windows_;
  std::optional<FourierPicture> waves_;
};

// A ReLU that is closed hands back what would open it: of the cotangent g of its output, max(0, g)
// where its input is not above 0.
std::vector<Rule> opening_rules() {
  return {{.kind = OpKind::relu, .vjp = [](const Node& node, const Var& g) -> std::vector<Var> {
             const Var own = own_vjp(node, g)[0];
             return {add(own, subtract(relu(g), relu(own)))};
           }}};
}

bool is_zero(const Tensor& x) {
  for (std::int64_t i = 0; i < x.numel(); ++i)
    if (x.at(i) != 0) return false;
  return true;
}

// A canvas on its way up.
class Ascent {
 public:
  Ascent(const Tensor& numbers, const Paint& paint, const VisualisationOptions& options)
      : numbers_(numbers.clone()),
        paint_(paint),
        options_(options),
        adam_({&numbers_}, {.learning_rate = options.learning_rate}) {
    repaint();
  }
  Ascent(const Ascent&) = delete;
  Ascent& operator=(const Ascent&) = delete;

  const Tensor& canvas() const { return canvas_.value(); }

  // One step, given the gradient of the filter's sum with respect to the canvas.
  void climb(const Tensor& gradient) {
    const Var uphill = options_.variant == Variant::paper ? balanced(gradient) : Var(gradient);
    adam_.step({grad(canvas_, input_, {.cotangents = {affine(uphill, -1, 0)}})});
    repaint();
  }

 private:
  void repaint() {
    Recording recording;
    input_ = recording.input(numbers_);
    canvas_ = paint_.canvas(input_);
  }

  // The gradient at its usual size, less that of the penalties.
  Var balanced(const Var& gradient) const {
    constexpr double kNoPull = 1e-30;
    const Var size = power(affine(mean(multiply(gradient, gradient)), 1, kNoPull), 0.5);
    const Var uphill = divide(gradient, size);
    if (options_.total_variation == 0 && options_.l2 == 0) return uphill;
    Recording recording;
    const Var x = recording.input(canvas());
    const Var from_grey = affine(x, 1, -0.5);
    const Var penalty = add(affine(total_variation(x), options_.total_variation, 0),
                            affine(sum(multiply(from_grey, from_grey)), options_.l2, 0));
    return subtract(uphill, grad(penalty, x));
  }

  Tensor numbers_;
  const Paint& paint_;
  const VisualisationOptions& options_;
  Adam adam_;
  Var input_, canvas_;
};

// Canvases that go through the network together.
class Batch {
 public:
  Batch(const Model& model, const std::string& layer, std::vector<std::int64_t> filters,
        const Tensor& numbers, const Paint& paint, const VisualisationOptions& options)
      : model_(model),
        layer_(layer),
        filters_(std::move(filters)),
        paint_(paint),
        wakes_(options.variant == Variant::paper) {
    for (std::int64_t n = 0; n < numbers.dim(0); ++n) {
      const Tensor row = numbers.rows(n, 1);
      const bool waves = numbers.rank() == 3;
      ascents_.push_back(std::make_unique<Ascent>(
          waves ? row.reshape({row.dim(1), row.dim(2)}) : row, paint, options));
    }
  }

  void climb(std::int64_t step) {
    const Tensor gradients = pull(step, {});
    std::optional<Tensor> opening;
    for (std::size_t n = 0; n < ascents_.size(); ++n) {
      const auto row = static_cast<std::int64_t>(n);
      const bool asleep = wakes_ && is_zero(gradients.rows(row, 1).to(Device::cpu));
      if (asleep && !opening) opening = pull(step, opening_rules());
      ascents_[n]->climb((asleep ? *opening : gradients).rows(row, 1));
    }
  }

  Tensor pictures() const { return paint_.windows().middle(canvases()).value(); }

  std::vector<double> sums() const {
    const Tensor activation = layer_activation(model_, pictures(), layer_);
    std::vector<double> sums;
    for (std::size_t n = 0; n < filters_.size(); ++n)
      sums.push_back(filter_activation(activation, static_cast<std::int64_t>(n), filters_[n]).sum);
    return sums;
  }

 private:
  Tensor canvases() const {
    std::vector<Tensor> all;
    for (const auto& ascent : ascents_) all.push_back(ascent->canvas());
    return concatenate(all);
  }

  // The gradient of each row's sum with respect to its canvas, by these rules.
  Tensor pull(std::int64_t step, const std::vector<Rule>& rules) const {
    Recording recording({.names = {layer_}, .rules = rules});
    const Var input = recording.input(canvases());
    (void)model_(paint_.windows().drawn(input, step));
    const Var activation = recording.value(layer_);
    const auto rows = static_cast<std::int64_t>(filters_.size());
    const Tensor ones = Tensor::full({rows}, 1, activation.dtype(), activation.value().device());
    Tensor chosen = kernels::place(ones, Tensor::from(filters_, {rows}), activation.dim(-1));
    if (activation.value().rank() == 4) chosen = chosen.reshape({rows, 1, 1, chosen.dim(1)});
    return grad(activation, input,
                {.cotangents = {broadcast_to(Var(chosen), activation.shape())}, .rules = rules});
  }

  const Model& model_;
  const std::string& layer_;
  std::vector<std::int64_t> filters_;
  const Paint& paint_;
  std::vector<std::unique_ptr<Ascent>> ascents_;
  bool wakes_;
};

}  // namespace

std::vector<Visualisation> visualise_filters(const Model& model, const std::string& layer,
                                             const std::vector<VisualisationGoal>& goals,
                                             const PictureFormat& format,
                                             const VisualisationOptions& options,
                                             const Work& work) {
  check(options);
  const Paint paint(format, options);
  const auto count = static_cast<std::int64_t>(goals.size());
  const auto goal = [&](std::int64_t n) { return goals[static_cast<std::size_t>(n)]; };
  const auto starts = [&](std::int64_t first, std::int64_t in_batch) {
    std::vector<Tensor> numbers;
    for (std::int64_t n = first; n < first + in_batch; ++n) numbers.push_back(paint.start(goal(n)));
    return concatenate(numbers);
  };
  std::vector<Visualisation> results(goals.size());
  for_each_batch(count, starts, {work.batch}, [&](std::int64_t first, const Tensor& numbers) {
    const std::int64_t in_batch = numbers.dim(0);
    std::vector<std::int64_t> filters;
    for (std::int64_t n = first; n < first + in_batch; ++n) filters.push_back(goal(n).filter);
    Batch batch(model, layer, filters, numbers, paint, options);
    const std::vector<double> start_sums = batch.sums();
    for (std::int64_t step = 0; step < options.steps; ++step) {
      batch.climb(step);
      if (work.progress)
        work.progress(first * options.steps + (step + 1) * in_batch, count * options.steps);
    }
    const std::vector<double> sums = batch.sums();
    const Tensor pictures = batch.pictures().to(Device::cpu);
    for (std::int64_t n = 0; n < in_batch; ++n) {
      const auto at = static_cast<std::size_t>(n);
      results[static_cast<std::size_t>(first + n)] = {
          pictures.rows(n, 1).reshape({pictures.dim(1), pictures.dim(2), pictures.dim(3)}),
          start_sums[at], sums[at]};
    }
  });
  return results;
}

}  // namespace backlight
