// The answers of the homework: a function for each question, which says what the model and the
// photos at hand show, in words that follow from what it measured.
#pragma once

#include "tools/homework/measures.h"
#include "tools/homework/study.h"

namespace backlight::tools {

// The answer to a question 1 to 20. Errors: those of the methods; a file that cannot be written.
Answer answer_to(int number, Study& study);

// LIME
Answer pieces_of_lime(Study& study);
Answer negative_part(Study& study);
Answer signs_of_the_parts(Study& study);
Answer meaning_of_the_colors(Study& study);
// Saliency
Answer derivative_of_the_loss(Study& study);
Answer scales_of_saliency(Study& study);
Answer shape_of_the_dots(Study& study);
Answer place_of_the_dots(Study& study);
Answer where_lime_and_saliency_part(Study& study);
// SmoothGrad
Answer smoothgrad_as_it_is(Study& study);
Answer noise_and_average(Study& study);
Answer what_smoothgrad_highlights(Study& study);
Answer smoothgrad_beside_saliency(Study& study);
// Filters
Answer what_activates_a_filter(Study& study);
Answer place_of_an_activation(Study& study);
Answer kind_of_a_layer(Study& study);
Answer later_layers(Study& study);
// Integrated Gradients
Answer what_integrated_gradients_highlights(Study& study);
Answer effect_of_more_steps(Study& study);
Answer points_on_the_way(Study& study);

// Where the map [S,S] of photo n is brightest, in words and numbers. What is filled in is all but
// the figure, the caption and the arrays.
Answer where_it_is_bright(const Study& study, std::size_t n, const Bright& bright,
                          const Tensor& map);

}  // namespace backlight::tools
