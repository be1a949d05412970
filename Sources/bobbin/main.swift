print("bobbin")
