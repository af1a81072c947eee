#include "tools/method_options.h"

#include <CLI/CLI.hpp>
#include <cmath>

#include "tools/console/suggest.h"
#include "tools/methods.h"
#include "xai/lrp/composite.h"

namespace backlight::tools {
namespace {

// An option whose value is one of `names`, the names of an enum in its order.
template <typename Value>
CLI::Option* add_choice(CLI::App& verb, const std::string& option, Value& value,
                        const std::vector<std::string>& names, const std::string& help) {
  const auto read = [&value, &names, option](const std::string& name) {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) {
        value = static_cast<Value>(i);
        return;
      }
    const std::string hint = did_you_mean(name, names);
    fail(option, " has no '", name, "'", hint.empty() ? "; there are " : hint,
         hint.empty() ? listed(names) : "");
  };
  return verb.add_option_function<std::string>(option, read, help)
      ->default_str(names[static_cast<std::size_t>(value)])
      ->type_name("NAME");
}

// "1%" as 0.01, for CLI11.
std::string read_percent(const std::string& text) {
  if (text.empty() || text.back() != '%') return text;
  double percent = 0;
  const std::string number = text.substr(0, text.size() - 1);
  if (!CLI::detail::lexical_cast(number, percent))
    throw CLI::ValidationError("--tolerance", text + " is not a share");
  return str(percent / 100);
}

// "200", or "lime=200" for one method.
void read_samples(const std::string& text, ExplainOptions& options) {
  constexpr std::int64_t kMost = 10000000;
  const std::size_t equals = text.find('=');
  const std::string number = equals == std::string::npos ? text : text.substr(equals + 1);
  std::int64_t samples = 0;
  if (!CLI::detail::lexical_cast(number, samples) || samples < 1 || samples > kMost)
    throw CLI::ValidationError("--samples",
                               "'" + number + "' is no number from 1 to " + str(kMost));
  if (equals == std::string::npos)
    options.samples = samples;
  else
    options.samples_of[find_method(text.substr(0, equals)).name] = samples;
}

}  // namespace

void add_method_options(CLI::App& verb, ExplainOptions& options) {
  verb.add_option("--method", options.methods,
                  "Methods, separated by commas, or all; without it, those that take least time")
      ->delimiter(',')
      ->allow_extra_args(false)  // what follows is the next option, or a photo
      ->type_name("NAME,...");
  verb.add_option("--target", options.target,
                  "The class to explain: predicted, label (from the file name <class>_<n>.jpg), an "
                  "index or a name. By default the predicted one; with --variant notebook the "
                  "label where the name has one")
      ->type_name("CLASS");
  verb.add_option_function<std::string>(
          "--of",
          [&options](const std::string& name) {
            options.of = name == "logit" ? Of::logit : name == "loss" ? Of::loss : Of::probability;
          },
          "What of the class to explain: its logit (the default; the loss for saliency and "
          "SmoothGrad of the notebook), its probability or its loss")
      ->check(CLI::IsMember(of_names()));
  add_choice(verb, "--variant", options.variant, variant_names(),
             "paper, or another's conventions where they differ: notebook (the course's), captum "
             "or shap");
  verb.add_option("--steps", options.steps, "Integrated Gradients: steps (50; notebook 10)")
      ->check(CLI::Range(1, 1000000));
  add_choice(verb, "--quadrature", options.quadrature, quadrature_names(),
             "Integrated Gradients: gauss-legendre, midpoint, left, right or trapezoid");
  verb.add_option("--baseline", options.baseline,
                  "What methods compare the photo with: black, white, mean (the photo's colour) or "
                  "a picture")
      ->capture_default_str();
  verb.add_option("--window", options.window, "Occlusion: pixels a side of what is covered")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  verb.add_option("--stride", options.stride, "Occlusion: pixels from one window to the next")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  add_choice(verb, "--segmentation", options.segmentation.by, segmentation_names(),
             "How methods of segments cut the photo: slic, or quickshift with lime's settings");
  verb.add_option("--segments", options.segmentation.segments, "SLIC: about how many segments")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  verb.add_option("--compactness", options.segmentation.compactness,
                  "SLIC: the larger, the squarer the segments")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb.add_option("--sigma", options.segmentation.sigma, "SLIC: of the blur before, in pixels")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  add_choice(verb, "--fill", options.fill, fill_names(),
             "LIME: what hidden segments show: mean (their own colour), black or blurred");
  verb.add_option(
          "--background", options.background,
          "DeepSHAP and GradientSHAP: a folder of photos to compare with, 10 of them (or for "
          "DeepSHAP --samples; without a folder it takes 5 demo scenes and GradientSHAP the "
          "--baseline)")
      ->type_name("DIR");
  verb.add_option("--layer", options.layer,
                  "Grad-CAM and Guided Grad-CAM: the layer whose map is wanted, such as cnn.36; by "
                  "default the output of the last convolution")
      ->type_name("NAME");
  verb.add_option("--composite", options.composite,
                  "LRP: which layers follow which rule, epsilon-plus, epsilon-gamma-box or "
                  "epsilon-alpha2-beta1")
      ->check(CLI::IsMember(composite_names()))
      ->capture_default_str();
  verb.add_option_function<std::vector<std::string>>(
          "--samples",
          [&options](const std::vector<std::string>& given) {
            for (const std::string& text : given) read_samples(text, options);
          },
          "Samples of methods that draw any, for all (200) or by name (lime=500,rise=2000). By "
          "default SmoothGrad 50 (notebook 500), LIME 1000, GradientSHAP 200, RISE 4000 masks, "
          "KernelSHAP two a segment and 2048, Shapley sampling 25 permutations, DeepSHAP see "
          "--background")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("N|NAME=N,...");
  verb.add_option("--tolerance", options.tolerance,
                  "Draw as many samples as bring the relative standard error of the map down to "
                  "this: 1% or 0.01")
      ->transform(read_percent)
      ->type_name("SHARE");
  verb.add_option("--compare", options.compare,
                  "Two methods, or two variants (paper,notebook): where and why their maps part")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B");
  verb.add_flag("--check", options.check,
                "Put each map to the test: deletion and insertion, infidelity, sensitivity, random "
                "weights, completeness, agreement with the others");
  verb.add_option("--memory", options.memory,
                  "Memory to work in, such as 2G; by default half of what is free")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  verb.add_option(
      "--noise", options.noise,
      "SmoothGrad: noise level (0.15; notebook 0.4); GradientSHAP: standard deviation (0)");
  verb.add_option("--seed", options.seed, "Of everything that is drawn")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

void check_method_options(const ExplainOptions& options) {
  (void)choose_methods(options);
  require(!options.tolerance || (*options.tolerance > 0 && *options.tolerance < 1),
          "--tolerance must be a share above 0 and below 1, such as 1%");
  require(options.compare.empty() || options.compare.size() == 2,
          "--compare takes two methods or two variants, such as paper,notebook");
  if (!options.compare.empty() && find_variant(options.compare[0]))
    require(find_variant(options.compare[1]).has_value(), "--compare: ", options.compare[0],
            " is a variant and ", options.compare[1], " is none");
  require(!options.noise || (std::isfinite(*options.noise) && *options.noise >= 0),
          "--noise must be a number from 0 on");
}

std::string method_list(const ExplainOptions& options) {
  std::string list;
  for (const Method* method : choose_methods(options))
    list += (list.empty() ? "" : ",") + method->name;
  return list;
}

std::string methods_by_default() {
  std::string all, fast;
  for (const Method& method : methods()) {
    all += (all.empty() ? "" : ", ") + method.name;
    if (method.by_default) fast += (fast.empty() ? "" : ", ") + method.name;
  }
  return all + ".\nBy default: " + fast;
}

}  // namespace backlight::tools
