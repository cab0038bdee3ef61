{ outputs = { self }: { a = 1; }; }
