/** What is different on a page: training goes on until it is stopped, at the rate that the slider shows. */
export const PAGE_DEFAULTS = 'epochs=0\nschedule=constant\ncheckpoint-minutes=0.25\nkept-moments=40';
