#include "tools/filters/figures.h"

#include <algorithm>
#include <filesystem>

#include "tools/figure/contact_sheet.h"
#include "tools/figure/figure.h"
#include "tools/figure/heat_map.h"

namespace backlight::tools {
namespace {

constexpr std::size_t most_photos = 4;  // on the contact sheet
constexpr int overlay_side = 384;

Image photo_with_map(const Image& photo, const Tensor& values) {
  return overlay(resize_bilinear(photo, overlay_side, overlay_side), heat_map(values));
}

std::string size_text(const LayerResult& layer) {
  const Shape& output = layer.layer.output;
  return output.rank() == 4 ? str(output[1], " \u00d7 ", output[2]) : "1 \u00d7 1";
}

// "from noise, 256 steps: 1.2 to 345"
std::string caption_of(const ShownVisualisation& shown) {
  return str("from ", shown.from == "noise" ? "noise" : "the photo", ", sum ",
             number_label(shown.start_sum), " \u2192 ", number_label(shown.sum));
}

std::string legend_of(const FilterRun& run) {
  const std::string steps = str(run.options.steps, " steps of Adam");
  if (run.options.variant == Variant::notebook)
    return steps +
           " on the pixels, as the notebook does; shown from its least value to its "
           "largest.";
  return steps +
         " on frequencies and uncorrelated colours, moved, turned and scaled at random "
         "(Olah et al. 2017).";
}

std::string sum_label(double sum) { return "sum " + number_label(sum); }

SheetCell cell_of(const std::optional<ShownVisualisation>& shown) {
  if (!shown) return {};
  return {shown->picture, sum_label(shown->sum)};
}

// The rows of a layer: the visualisations from noise, then for each photo its activations and the
// visualisations that started from it. Rows without a picture are left out.
std::vector<SheetRow> rows_of(const FilterRun& run, const LayerResult& layer) {
  std::vector<SheetRow> rows;
  const auto add_if_any = [&](SheetRow row) {
    const bool any = std::any_of(row.cells.begin(), row.cells.end(),
                                 [](const SheetCell& cell) { return !cell.picture.rgb.empty(); });
    if (any) rows.push_back(std::move(row));
  };
  SheetRow from_noise{{}, run.photos.empty() ? "" : "visualised from noise", {}};
  for (const FilterResult& result : layer.filters)
    from_noise.cells.push_back(cell_of(result.visualisation));
  add_if_any(std::move(from_noise));
  for (std::size_t p = 0; p < std::min(most_photos, run.photos.size()); ++p) {
    const NamedPhoto& photo = run.photos[p];
    SheetRow activations{photo.photo, photo.stem, {}};
    SheetRow from_photo{{}, "visualised from " + photo.stem, {}};
    for (const FilterResult& result : layer.filters) {
      if (p >= result.photos.size()) {
        activations.cells.emplace_back();
        from_photo.cells.emplace_back();
        continue;
      }
      const PhotoActivation& activation = result.photos[p];
      activations.cells.push_back(
          {photo_with_map(photo.photo, activation.values), sum_label(activation.sum)});
      from_photo.cells.push_back(cell_of(activation.visualisation));
    }
    add_if_any(std::move(activations));
    add_if_any(std::move(from_photo));
  }
  return rows;
}

}  // namespace

Image filter_figure(const FilterRun& run, const LayerResult& layer, const FilterResult& result,
                    const PhotoActivation& activation) {
  const NamedPhoto& photo = run.photos[activation.photo];
  const std::string name = layer.layer.name + ", " + filter_name(run, layer, result.filter);
  std::vector<MapPanel> panels{
      {activation.values,
       name,
       str("activation, ", size_text(layer), ", sum ", number_label(activation.sum)),
       {}},
      {activation.values, "Where", "the activation over the photo",
       Drawing{photo_with_map(photo.photo, activation.values),
               "Grey where the filter is silent; the brighter, the stronger it answers."}}};
  const auto& shown = activation.visualisation ? activation.visualisation : result.visualisation;
  if (shown)
    panels.push_back({activation.values, "What it answers to", caption_of(*shown),
                      Drawing{shown->picture, legend_of(run)}});
  return explanation_figure({photo.photo, photo.stem, "as the network sees it"}, panels);
}

Image contact_sheet_of(const FilterRun& run) {
  std::vector<SheetSection> sections;
  for (const LayerResult& layer : run.layers) {
    SheetSection section{layer.layer.name, "", {}, rows_of(run, layer)};
    if (section.rows.empty()) continue;
    section.caption =
        layer.layer.description + ", " + str(layer.count) + " filters of " + size_text(layer);
    if (!run.photos.empty() && run.photos.size() > most_photos)
      section.caption += str("; the first ", most_photos, " of ", run.photos.size(), " photos");
    for (const FilterResult& result : layer.filters)
      section.columns.push_back(filter_name(run, layer, result.filter));
    sections.push_back(std::move(section));
  }
  return contact_sheet("What the filters of " +
                           std::filesystem::path(run.weights).filename().string() + " answer to",
                       sections);
}

}  // namespace backlight::tools
