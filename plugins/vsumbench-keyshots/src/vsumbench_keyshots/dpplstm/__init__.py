"""vsLSTM and dppLSTM: importance from a recurrent network, and a determinantal point process on top."""
