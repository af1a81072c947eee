// The pictures that `filters` draws.
#pragma once

#include "tools/filters/run.h"

namespace backlight::tools {

// A photo, a filter's activation there in colours and over the photo, and what the filter answers
// to most: the picture grown from noise or from the photo, if there is one.
Image filter_figure(const FilterRun& run, const LayerResult& layer, const FilterResult& result,
                    const PhotoActivation& activation);

// The visualisations of all filters, layer by layer, and under each where the first photos have
// it. Errors: there is nothing to show yet.
Image contact_sheet_of(const FilterRun& run);

}  // namespace backlight::tools
