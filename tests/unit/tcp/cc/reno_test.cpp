// reno
