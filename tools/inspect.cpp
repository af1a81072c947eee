// backlight inspect: what a weight file holds and what its network costs.
#include <cstdio>
#include <memory>

#include "models/food_cnn.h"
#include "models/weights/load.h"
#include "tools/verbs.h"

namespace backlight::tools {
namespace {

// The rows of the network the weights belong to.
void print_network(FoodCnn& model) {
  const auto infos = model.describe();
  std::printf("\n%-8s %-58s %-16s %12s %8s\n", "layer", "what", "output", "parameters", "GFLOP");
  std::int64_t parameters = 0;
  double flop = 0;
  for (const LayerInfo& info : infos) {
    std::string output = info.output.to_string();
    output = "[" + output.substr(output.find(',') + 2);
    std::printf("%-8s %-58s %-16s %12lld %8.3f\n", info.name.c_str(), info.description.c_str(),
                output.c_str(), static_cast<long long>(info.parameters), info.flop * 1e-9);
    parameters += info.parameters;
    flop += info.flop;
  }
  std::printf("%-8s %-58s %-16s %12lld %8.3f\n", "total", "", "",
              static_cast<long long>(parameters), flop * 1e-9);
  const Shape input = model.input_shape(1);
  std::printf(
      "\nA photo of %lld x %lld takes %.2f GFLOP forward and as much again for its input "
      "gradient;\nweights %.1f MB, activations at work %.1f MB a photo.\n",
      static_cast<long long>(input[1]), static_cast<long long>(input[2]), flop * 1e-9,
      static_cast<double>(parameters) * 4e-6, static_cast<double>(model.working_bytes()) * 1e-6);
}

void print_entries(const StateDict& weights) {
  std::printf("\n%-40s %-10s %s\n", "entry", "dtype", "shape");
  for (const auto& [name, tensor] : weights)
    std::printf("%-40s %-10s %s\n", name.c_str(), name_of(tensor.dtype()),
                tensor.shape().to_string().c_str());
}

void run(const std::filesystem::path& path, bool entries) {
  const WeightFile file = read_weights(path);
  std::printf("%s: %s, %zu entries%s%s\n", path.string().c_str(), file.format.c_str(),
              file.state_dict.size(), file.found.empty() ? "" : " under ", file.found.c_str());
  try {
    FoodCnn model(FoodCnnConfig::detect(file.state_dict));
    model.load_state_dict(file.state_dict);
    std::printf("a %s with %lld classes\n", model.config().name().c_str(),
                static_cast<long long>(model.config().classes));
    print_network(model);
  } catch (const Error& error) {
    // The entries are what helps to see why these weights are no network we know.
    print_entries(file.state_dict);
    std::printf("\n");
    fail(path.string(), ": ", error.what());
  }
  if (entries) print_entries(file.state_dict);
}

}  // namespace

void add_inspect(CLI::App& app) {
  CLI::App* const verb =
      app.add_subcommand("inspect", "Show the layers, parameters and cost of a weight file");
  const auto path = std::make_shared<std::filesystem::path>();
  const auto entries = std::make_shared<bool>(false);
  verb->add_option("file", *path, "A weight file")->required()->type_name("FILE");
  verb->add_flag("--entries", *entries, "List the entries of the file as well");
  verb->footer("Example:\n  backlight inspect checkpoint.pth");
  verb->callback([path, entries] { run(*path, *entries); });
}

}  // namespace backlight::tools
