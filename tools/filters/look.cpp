#include "tools/filters/look.h"

#include <algorithm>

#include "kernels/device.h"
#include "kernels/precision.h"
#include "tensor/file.h"
#include "tensor/npy.h"
#include "tools/console/progress.h"
#include "tools/filters/figures.h"
#include "tools/output.h"
#include "tools/version.h"
#include "xai/filter_activation.h"

namespace backlight::tools {
namespace {

// The picture as its colours are, or from its least value to its largest: the notebook's pixels
// leave [0, 1].
Image picture_of(const Tensor& values, Variant variant) {
  if (variant == Variant::paper) return tensor_to_image(values.to(DType::f32));
  const Tensor from = values.to(DType::f32);
  const float* pixels = from.data<float>();
  const auto [least, most] = std::minmax_element(pixels, pixels + from.numel());
  Tensor stretched(from.shape());
  for (std::int64_t i = 0; i < from.numel(); ++i)
    stretched.mutable_data<float>()[i] =
        *most > *least ? (pixels[i] - *least) / (*most - *least) : 0.5f;
  return tensor_to_image(stretched);
}

FilterRun describe(Session& session, const FilterPlan& plan) {
  FilterRun run;
  run.command = plan.command;
  run.version = kVersion;
  run.weights = session.weights;
  run.model = session.model.config().name();
  run.device = name_of(session.device);
  run.device_description = kernels::description_of(session.device);
  run.precision = kernels::precision_names()[static_cast<std::size_t>(kernels::precision())];
  run.from = plan.from;
  run.options = plan.options;
  run.class_names = session.class_names;
  run.last_layer = session.model.describe().back().name;
  run.photos = plan.photos;
  run.load_seconds = session.load_seconds;
  return run;
}

// What is to be visualised: a filter of the layer in hand, and the photo to start from, or none.
struct Goal {
  std::size_t filter;
  std::optional<std::size_t> photo;
};

class Look {
 public:
  Look(Session& session, const FilterPlan& plan)
      : session_(session), plan_(plan), run_(describe(session, plan)), progress_("filters") {
    for (const NamedPhoto& photo : plan.photos)
      inputs_.push_back(image_to_tensor(photo.photo).to(session.device));
    for (const LayerSelection& selection : plan.layers)
      steps_to_do_ +=
          static_cast<std::int64_t>(goals_of(selection.filters.size()).size()) * plan.options.steps;
  }

  void layer(const LayerSelection& selection) {
    run_.layers.push_back({selection.layer, selection.count, {}});
    LayerResult& layer = run_.layers.back();
    for (const std::int64_t filter : selection.filters) layer.filters.push_back({filter, {}, {}});
    const Model model = [&](const Var& x) {
      return session_.model.forward_to(layer.layer.name, x);
    };
    for (std::size_t p = 0; p < inputs_.size(); ++p) {
      check_interrupt_at(0);
      find_activations(model, layer, p);
    }
    if (plan_.from == "nothing")
      for (FilterResult& result : layer.filters) draw_figures(layer, result);
    const std::vector<Goal> goals = goals_of(layer.filters.size());
    const auto in_batch = static_cast<std::size_t>(plan_.batch);
    for (std::size_t first = 0; first < goals.size(); first += in_batch) {
      const auto begin = goals.begin() + static_cast<std::ptrdiff_t>(first);
      const auto end =
          begin + static_cast<std::ptrdiff_t>(std::min(in_batch, goals.size() - first));
      visualise(model, layer, {begin, end});
    }
  }

  // The sheet and the list of all there is so far.
  FilterRun finish(double seconds) {
    run_.total_seconds = seconds;
    const bool anything = std::any_of(run_.layers.begin(), run_.layers.end(), [](const auto& l) {
      return std::any_of(l.filters.begin(), l.filters.end(), [](const FilterResult& result) {
        return result.visualisation || !result.photos.empty();
      });
    });
    if (!anything) return run_;
    write_file_atomically(plan_.out / "contact.png", encode_png(contact_sheet_of(run_)));
    write_json(plan_.out / "filters.json", to_json(run_));
    return run_;
  }

 private:
  std::vector<Goal> goals_of(std::size_t filters) const {
    std::vector<Goal> goals;
    for (std::size_t f = 0; f < filters; ++f) {
      if (plan_.from == "noise") goals.push_back({f, {}});
      for (std::size_t p = 0; plan_.from == "image" && p < plan_.photos.size(); ++p)
        goals.push_back({f, p});
    }
    return goals;
  }

  void check_interrupt_at(std::int64_t steps) {
    progress_.update(steps_done_ + steps, std::max<std::int64_t>(1, steps_to_do_));
  }

  std::string name_of_files(const LayerResult& layer, const FilterResult& result,
                            std::optional<std::size_t> photo) const {
    const std::string name = str(layer.layer.name, ".", result.filter);
    return photo ? plan_.photos[*photo].stem + "." + name : name;
  }

  // The activations of all filters in one photo.
  void find_activations(const Model& model, LayerResult& layer, std::size_t photo) {
    const Tensor all = layer_activation(model, inputs_[photo], layer.layer.name);
    require(all_finite(all), session_.weights, ": the weights overflow: the layer ",
            layer.layer.name, " is not finite for ", plan_.photos[photo].path);
    for (FilterResult& result : layer.filters) {
      const FilterActivation found = filter_activation(all, 0, result.filter);
      PhotoActivation activation;
      activation.photo = photo;
      activation.values = found.values;
      activation.sum = found.sum;
      activation.most = found.most;
      activation.npy_file = name_of_files(layer, result, photo) + ".activation.npy";
      write_npy(plan_.out / activation.npy_file, activation.values);
      result.photos.push_back(std::move(activation));
    }
  }

  void visualise(const Model& model, LayerResult& layer, const std::vector<Goal>& goals) {
    progress_.set_label("visualising " + layer.layer.name);
    std::vector<VisualisationGoal> wanted;
    for (const Goal& goal : goals)
      wanted.push_back(
          {layer.filters[goal.filter].filter, goal.photo ? inputs_[*goal.photo] : Tensor()});
    const double begin = now();
    const Work work{plan_.batch,
                    [&](std::int64_t done, std::int64_t) { check_interrupt_at(done); }};
    const PictureFormat format{session_.model.input_shape(1), DType::f32, session_.device};
    const std::vector<Visualisation> found =
        visualise_filters(model, layer.layer.name, wanted, format, plan_.options, work);
    const double seconds = (now() - begin) / static_cast<double>(goals.size());
    steps_done_ += static_cast<std::int64_t>(goals.size()) * plan_.options.steps;
    for (std::size_t n = 0; n < goals.size(); ++n) keep(layer, goals[n], found[n], seconds);
  }

  void keep(LayerResult& layer, const Goal& goal, const Visualisation& found, double seconds) {
    FilterResult& result = layer.filters[goal.filter];
    require(all_finite(found.picture), "the visualisation of ", layer.layer.name, ", filter ",
            result.filter, ", is not finite; use a smaller --learning-rate");
    const std::string name = name_of_files(layer, result, goal.photo) + ".visualisation";
    ShownVisualisation shown{picture_of(found.picture, plan_.options.variant),
                             goal.photo ? plan_.photos[*goal.photo].stem : "noise",
                             found.start_sum,
                             found.sum,
                             seconds,
                             name + ".npy",
                             name + ".png"};
    write_npy(plan_.out / shown.npy_file, found.picture);
    write_file_atomically(plan_.out / shown.png_file, encode_png(shown.picture));
    if (goal.photo) {
      result.photos[*goal.photo].visualisation = std::move(shown);
      draw_figure(layer, result, result.photos[*goal.photo]);
    } else {
      result.visualisation = std::move(shown);
      draw_figures(layer, result);
    }
  }

  void draw_figures(const LayerResult& layer, FilterResult& result) {
    for (PhotoActivation& activation : result.photos) draw_figure(layer, result, activation);
  }

  void draw_figure(const LayerResult& layer, const FilterResult& result,
                   PhotoActivation& activation) {
    const std::string file = name_of_files(layer, result, activation.photo) + ".png";
    write_file_atomically(plan_.out / file,
                          encode_png(filter_figure(run_, layer, result, activation)));
    activation.png_file = file;
  }

  Session& session_;
  const FilterPlan& plan_;
  FilterRun run_;
  Progress progress_;
  std::vector<Tensor> inputs_;
  std::int64_t steps_done_ = 0, steps_to_do_ = 0;
};

}  // namespace

FilterRun look_at_filters(Session& session, const FilterPlan& plan) {
  const double start = now();
  prepare_folder(plan.out);
  Look look(session, plan);
  try {
    for (const LayerSelection& selection : plan.layers) look.layer(selection);
  } catch (const Error&) {
    look.finish(now() - start);
    throw;
  }
  return look.finish(now() - start);
}

}  // namespace backlight::tools
