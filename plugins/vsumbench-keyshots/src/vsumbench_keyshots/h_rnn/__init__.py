"""H-RNN: a recurrent network within subshots and one over them."""
