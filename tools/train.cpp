// backlight train: a food CNN from scratch, on the demo scenes or on a folder of labelled photos.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numbers>
#include <numeric>

#include "kernels/parallel.h"
#include "models/demo/scene.h"
#include "models/training.h"
#include "models/weights/load.h"
#include "models/weights/safetensors.h"
#include "tensor/random.h"
#include "tools/console/progress.h"
#include "tools/device_options.h"
#include "tools/labels.h"
#include "tools/verbs.h"

namespace backlight::tools {
namespace {

struct Options : DeviceOptions {
  std::filesystem::path out, data, from;
  std::string edition = "course";
  std::vector<std::int64_t> widths;
  std::int64_t divisor = 8, steps = 1500, batch = 32, held_out = 550;
  double learning_rate = 2e-3;
  std::uint64_t seed = 1;
};

struct Photos {
  Tensor pixels;  // [N,S,S,3]
  Tensor labels;  // int64 [N]
};

// Fills a batch by calling `picture(n, label)` for each n in parallel.
template <typename F>
Photos make_photos(std::int64_t count, std::int64_t size, F&& picture) {
  Photos photos{Tensor({count, size, size, 3}), Tensor({count}, DType::i64)};
  float* pixels = photos.pixels.mutable_data<float>();
  std::int64_t* labels = photos.labels.mutable_data<std::int64_t>();
  kernels::parallel_for(count, [&](std::int64_t n) {
    const Tensor one = image_to_tensor(picture(n, labels[n]));
    std::copy_n(one.data<float>(), one.numel(), pixels + n * one.numel());
  });
  return photos;
}

// Where batches come from: numbered, so that step k's batch depends on the seed and k alone.
class Source {
 public:
  virtual ~Source() = default;
  virtual Photos batch(std::int64_t step, std::int64_t count) const = 0;
  virtual Photos held_out(std::int64_t count) const = 0;
};

// Scenes are drawn as they are needed and never seen twice. Held-out ones have seeds of their own.
class SceneSource final : public Source {
 public:
  SceneSource(std::uint64_t seed, std::int64_t size) : seed_(seed), size_(static_cast<int>(size)) {}

  Photos batch(std::int64_t step, std::int64_t count) const override {
    return draw((seed_ << 32) + static_cast<std::uint64_t>(step * count), count);
  }
  Photos held_out(std::int64_t count) const override { return draw(std::uint64_t{1} << 63, count); }

 private:
  Photos draw(std::uint64_t first, std::int64_t count) const {
    return make_photos(count, size_, [&](std::int64_t n, std::int64_t& label) {
      label = n % kFoodClassCount;
      return render_scene(static_cast<int>(label), first + static_cast<std::uint64_t>(n), size_)
          .image;
    });
  }

  std::uint64_t seed_;
  int size_;
};

// Photos named <class>_<number>: every tenth is held out, the rest shuffled anew each round, and
// mirrored every other time.
class FolderSource final : public Source {
 public:
  FolderSource(const std::filesystem::path& folder, std::uint64_t seed, std::int64_t size)
      : seed_(seed), size_(static_cast<int>(size)) {
    const auto files = labelled_photos(folder);
    require(files.size() >= 20, "the folder ", folder.string(), " holds ", files.size(),
            " photos named <class>_<number>.jpg; at least 20 are needed to train");
    for (std::size_t i = 0; i < files.size(); ++i)
      (i % 10 == 9 ? held_out_ : training_).push_back(files[i]);
  }

  Photos batch(std::int64_t step, std::int64_t count) const override {
    const auto total = static_cast<std::int64_t>(training_.size());
    return load(count, [&](std::int64_t n) {
      const std::int64_t position = step * count + n, round = position / total;
      const std::vector<std::size_t> order = shuffled(static_cast<std::uint64_t>(round));
      return std::pair{&training_[order[static_cast<std::size_t>(position % total)]],
                       Philox(seed_, static_cast<std::uint64_t>(position)).uniform(0) < 0.5f};
    });
  }

  Photos held_out(std::int64_t count) const override {
    return load(std::min(count, static_cast<std::int64_t>(held_out_.size())), [&](std::int64_t n) {
      return std::pair{&held_out_[static_cast<std::size_t>(n)], false};
    });
  }

 private:
  std::vector<std::size_t> shuffled(std::uint64_t round) const {
    std::vector<std::size_t> order(training_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    Random random(seed_, round);
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[static_cast<std::size_t>(random.below(static_cast<int>(i)))]);
    return order;
  }

  template <typename F>
  Photos load(std::int64_t count, F&& choose) const {
    return make_photos(count, size_, [&](std::int64_t n, std::int64_t& label) {
      const auto [file, mirror] = choose(n);
      label = file->label;
      Image image = resize_bilinear(read_image(file->path), size_, size_);
      for (int y = 0; mirror && y < size_; ++y)
        for (int x = 0; x < size_ / 2; ++x)
          std::swap_ranges(image.pixel(x, y), image.pixel(x, y) + 3, image.pixel(size_ - 1 - x, y));
      return image;
    });
  }

  std::uint64_t seed_;
  int size_;
  std::vector<LabelledPhoto> training_, held_out_;
};

// Rises over the first twentieth of the steps, then falls along half a cosine to zero.
double learning_rate(double peak, std::int64_t step, std::int64_t steps) {
  const double warm_up = std::max(1.0, static_cast<double>(steps) / 20);
  const double at = static_cast<double>(step);
  if (at < warm_up) return peak * (at + 1) / warm_up;
  return peak * 0.5 * (1 + std::cos(std::numbers::pi * at / static_cast<double>(steps)));
}

// The model to train: read from --from, or of the shape that was asked for.
FoodCnn new_model(const Options& options) {
  if (!options.from.empty()) {
    const StateDict weights = load_weights(options.from);
    FoodCnn model(FoodCnnConfig::detect(weights));
    model.load_state_dict(weights);
    return model;
  }
  FoodCnnConfig config = options.edition == "course" ? FoodCnnConfig::course(options.divisor)
                                                     : FoodCnnConfig::prelu_2020(options.divisor);
  if (!options.widths.empty()) {
    require(options.widths.size() == config.widths.size(), "--widths wants ", config.widths.size(),
            " numbers, one for each convolution, not ", options.widths.size());
    config.widths = options.widths;
  }
  FoodCnn model(config);
  model.initialise(options.seed);
  return model;
}

// Training takes long: what cannot be written must be found before it.
void check_output(const std::filesystem::path& out) {
  require(out.extension() == ".safetensors", "the output ", out.string(),
          " must end in .safetensors, the format it is written in");
  const std::filesystem::path folder = out.has_parent_path() ? out.parent_path() : ".";
  require(std::filesystem::is_directory(folder), "cannot write ", out.string(),
          ": there is no folder ", folder.string());
  require(access(folder.c_str(), W_OK | X_OK) == 0, "cannot write into the folder ",
          folder.string(), "; choose another");
  require(!std::filesystem::is_directory(out), "cannot write ", out.string(), ": it is a folder");
}

void train(const Options& options) {
  const Device device = open_device(options);
  check_output(options.out);
  FoodCnn model = new_model(options);
  model.to(device);
  const std::int64_t size = model.config().input_size;
  std::unique_ptr<Source> source;
  if (options.data.empty())
    source = std::make_unique<SceneSource>(options.seed, size);
  else
    source = std::make_unique<FolderSource>(options.data, options.seed, size);
  const Photos held_out = source->held_out(options.held_out);
  Trainer trainer(model, {.learning_rate = options.learning_rate});
  const double start = now();
  Progress progress("training");
  double recent = 0;
  const std::int64_t report = std::max<std::int64_t>(1, options.steps / 15);
  for (std::int64_t step = 0; step < options.steps; ++step) {
    trainer.set_learning_rate(learning_rate(options.learning_rate, step, options.steps));
    const Photos photos = source->batch(step, options.batch);
    const double loss = trainer.step(photos.pixels, photos.labels);
    recent = step == 0 ? loss : 0.95 * recent + 0.05 * loss;
    progress.update(step + 1, options.steps);
    if ((step + 1) % report != 0 && step + 1 != options.steps) continue;
    std::printf("step %lld  loss %.4f  held out %.1f %%  %s\n", static_cast<long long>(step + 1),
                recent, 100 * accuracy(model, held_out.pixels, held_out.labels, options.batch),
                duration_text(now() - start).c_str());
    std::fflush(stdout);
  }
  model.set_training(false);
  write_safetensors(options.out, model.state_dict());
  std::printf("%s: %s\n", options.out.string().c_str(), model.config().name().c_str());
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App* const verb = app.add_subcommand("train", "Train a food CNN from scratch");
  const auto options = std::make_shared<Options>();
  verb->add_option("out", options->out, "The safetensors file to write")->required();
  verb->add_option("--data", options->data,
                   "Folder of photos named <class>_<number>.jpg; without it, scenes are drawn");
  verb->add_option("--from", options->from, "Weights to start from, instead of random ones")
      ->type_name("FILE");
  verb->add_option("--edition", options->edition, "course or prelu-2020")
      ->check(CLI::IsMember({"course", "prelu-2020"}))
      ->capture_default_str();
  verb->add_option("--divisor", options->divisor, "Divide every width of the course's network by")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  verb->add_option("--widths", options->widths,
                   "Output channels of each convolution instead, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)  // what follows is the next option, or the output
      ->check(CLI::Range(1, 4096));
  verb->add_option("--steps", options->steps, "Batches to train on")
      ->check(CLI::Range(1, 10000000))
      ->capture_default_str();
  verb->add_option("--batch", options->batch, "Photos a batch")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
  verb->add_option("--held-out", options->held_out, "Photos to measure on, never trained on")
      ->check(CLI::Range(11, 100000))
      ->capture_default_str();
  verb->add_option("--learning-rate", options->learning_rate, "Adam's largest step size")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--seed", options->seed, "Of the initial weights, dropout and order")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_device_options(*verb, *options);
  verb->footer(
      "Examples:\n"
      "  backlight train demo.safetensors\n"
      "  backlight train --data photos --divisor 2 --steps 5000 mine.safetensors");
  verb->callback([options] { train(*options); });
}

}  // namespace backlight::tools
