"""Processing, training and transform jobs as processes under the /opt/ml contract."""
