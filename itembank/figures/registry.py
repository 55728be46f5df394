"""All figures by name."""

from itembank.figures.catalogue.ai import ai_figures
from itembank.figures.catalogue.ct import ct_figures
from itembank.figures.catalogue.doppler import doppler_figures
from itembank.figures.catalogue.dr import dr_figures
from itembank.figures.catalogue.geometry import geometry_figures
from itembank.figures.catalogue.mri import mri_figures
from itembank.figures.catalogue.sono_plots import sono_plot_figures
from itembank.figures.catalogue.ultrasound import ultrasound_figures
from itembank.figures.figure import Figure

FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        *ct_figures(),
        *mri_figures(),
        *dr_figures(),
        *geometry_figures(),
        *ai_figures(),
        *ultrasound_figures(),
        *sono_plot_figures(),
        *doppler_figures(),
    )
}
