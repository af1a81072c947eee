// The work of peer.py done by Backlight, with the same arguments and the same JSON. Pictures are
// seeded noise in [0, 1]; what they show does not change the time.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "kernels/parallel.h"
#include "models/food_cnn.h"
#include "models/weights/load.h"
#include "tensor/random.h"
#include "xai/deeplift.h"
#include "xai/food_cnn_model.h"
#include "xai/integrated_gradients.h"
#include "xai/lime.h"
#include "xai/occlusion.h"
#include "xai/saliency.h"
#include "xai/segmentation/grid.h"
#include "xai/smoothgrad.h"

namespace backlight {
namespace {

struct Options {
  std::string weights, work = "forward";
  std::int64_t batch = 10, samples = 50, chunk = 2;  // two pictures keep two threads busy
  int threads = 2, repeats = 3, warmup = 1;
};

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return of(use.ru_utime) + of(use.ru_stime);
}

double peak_mib() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_maxrss) / 1024;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Tensor noise_pictures(const Shape& shape, std::uint64_t stream) {
  Tensor x(shape);
  const Philox philox(0, stream);
  for (std::int64_t i = 0; i < x.numel(); ++i)
    x.mutable_data<float>()[i] = philox.uniform(static_cast<std::uint64_t>(i));
  return x;
}

void do_work(const Options& options, const Model& model, const Tensor& x,
             const Tensor& background) {
  const Objective objective = logit_of(3);
  const Work work{.batch = options.chunk};
  if (options.work == "forward") {
    (void)model(x);
  } else if (options.work == "input-gradient" || options.work == "saliency") {
    (void)input_gradient(model, x, objective);
  } else {
    for (std::int64_t n = 0; n < x.dim(0); ++n) {
      const Tensor picture = x.rows(n, 1);
      if (options.work == "deepshap")
        (void)deepshap(model, picture, background, {objective}, {}, work);
      else if (options.work == "smoothgrad")
        (void)smoothgrad(model, picture, objective, {.samples = options.samples}, work);
      else if (options.work == "occlusion")
        (void)occlusion(model, picture, Tensor::zeros(picture.shape()), objective, {}, work);
      else if (options.work == "lime")
        (void)lime(model, picture, grid_segments(128, 128, 10, 10), objective,
                   {.samples = options.samples}, work);
      else
        (void)integrated_gradients(model, picture, Tensor::zeros(picture.shape()), objective,
                                   {.steps = options.samples}, work);
    }
  }
}

FoodCnn load(const std::string& path) {
  const StateDict weights = load_weights(path);
  FoodCnn network(FoodCnnConfig::detect(weights));
  network.load_state_dict(weights);
  return network;
}

int run(const Options& options) {
  kernels::set_thread_count(options.threads);
  FoodCnn network = load(options.weights);
  release_cached_memory();
  const Model model = model_of(network);
  const Tensor x = noise_pictures(network.input_shape(options.batch), 0);
  Tensor background;
  if (options.work == "deepshap")
    background = noise_pictures(network.input_shape(options.samples), 1);
  const double loaded = peak_mib();
  std::vector<double> calls, cpu;
  for (int call = 0; call < options.warmup + options.repeats; ++call) {
    const double start = seconds(), cpu_start = cpu_seconds();
    do_work(options, model, x, background);
    if (call < options.warmup) continue;
    calls.push_back(seconds() - start);
    cpu.push_back(cpu_seconds() - cpu_start);
  }
  const nlohmann::json result{
      {"seconds", median(calls)},
      {"seconds_per_image", median(calls) / static_cast<double>(options.batch)},
      {"calls", calls},
      {"cpu_seconds", median(cpu)},
      {"peak_rss_mib", peak_mib()},
      {"loaded_rss_mib", loaded},
      {"work", options.work},
      {"batch", options.batch},
      {"samples", options.samples},
      {"chunk", options.chunk},
      {"threads", options.threads}};
  std::printf("%s\n", result.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace backlight

int main(int argc, char** argv) {
  CLI::App app("Does the work of peer.py with Backlight and prints the same JSON");
  backlight::Options options;
  app.add_option("--weights", options.weights)->required();
  app.add_option("--work", options.work)
      ->check(CLI::IsMember({"forward", "input-gradient", "saliency", "smoothgrad",
                             "integrated-gradients", "occlusion", "lime", "deepshap"}));
  app.add_option("--batch", options.batch)->check(CLI::Range(1, 1000));
  app.add_option("--samples", options.samples)->check(CLI::Range(1, 100000));
  app.add_option("--chunk", options.chunk)->check(CLI::Range(1, 1000));
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 1024));
  app.add_option("--repeats", options.repeats)->check(CLI::Range(1, 1000));
  app.add_option("--warmup", options.warmup)->check(CLI::Range(0, 1000));
  CLI11_PARSE(app, argc, argv);
  try {
    return backlight::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "backlight_work: %s\n", error.what());
    return 1;
  }
}
