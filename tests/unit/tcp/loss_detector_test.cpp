// loss_detector
