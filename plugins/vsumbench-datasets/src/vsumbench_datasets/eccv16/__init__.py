"""The preprocessed files `eccv16_dataset_*_google_pool5.h5` of SumMe, TVSum, OVP and YouTube."""
