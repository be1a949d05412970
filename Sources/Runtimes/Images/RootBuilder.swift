import Jobs
import Platform
struct RootBuilder {
  let root: Folder
  let environment: [String]
  init(_ recipe: ImageRecipe, file: String, folder: Folder, base: StoredImage?, in work: ImageWork) throws(ImageFailure)
  {
    root = work.folder
    environment = recipe.environment
  }
  func build() throws(ImageFailure) -> [String] { [] }
}
